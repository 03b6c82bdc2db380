// Presents the findings of the page one at a time, in large type: P begins and ends, arrow keys turn, Escape ends. Needs page.js.
(() => {
  const all = [...document.querySelectorAll("figure.figure")];
  const header = document.querySelector("header");
  if (!all.length || !header || document.documentElement.dataset.paper === "yes") return;
  let at = -1, wide = 0, high = 0;

  const made = (tag, name, text, act) => {
    const one = document.createElement(tag);
    one.className = name;
    one.textContent = text;
    if (act) one.addEventListener("click", act);
    return one;
  };
  const turning = made("div", "turning", "");
  const counter = made("span", "counter", "");
  counter.setAttribute("aria-live", "polite");
  turning.append(made("button", "", "Back", () => show(at - 1)), counter, made("button", "", "Next", () => show(at + 1)), made("button", "", "End", () => end()));
  document.body.append(turning);
  header.append(made("button", "begin", "Present (P)", () => begin()));

  const plot = (figure) => figure.querySelector(".plot");
  async function show(place) {
    if (place < 0 || place >= all.length) return;
    const before = all[at];
    at = place;
    const figure = all[at], chart = plot(figure);
    before?.classList.remove("shown");
    figure.classList.add("shown");
    counter.textContent = `${at + 1} / ${all.length}`;
    turning.firstChild.disabled = at === 0;
    turning.children[2].disabled = at === all.length - 1;
    if (before && before !== figure && plot(before)) charts.usual(plot(before));
    if (!chart) return;
    chart.style.height = "0px";
    const style = getComputedStyle(figure);
    const others = [...figure.children].filter((one) => one !== chart && one.tagName !== "SCRIPT")
      .reduce((sum, one) => sum + one.getBoundingClientRect().height + parseFloat(getComputedStyle(one).marginBottom) + parseFloat(getComputedStyle(one).marginTop), 0);
    const room = figure.clientHeight - parseFloat(style.paddingTop) - parseFloat(style.paddingBottom) - others;
    await charts.large(chart, Math.max(260, Math.floor(room)));
  }
  function begin() {
    if (at >= 0) return;
    document.body.classList.add("presenting");
    const first = all.findIndex((one) => one.getBoundingClientRect().bottom > 80);
    document.documentElement.requestFullscreen?.().catch(() => {});
    show(Math.max(0, window.scrollY < 200 ? 0 : first));
  }
  function end() {
    if (at < 0) return;
    const figure = all[at];
    figure.classList.remove("shown");
    document.body.classList.remove("presenting");
    if (plot(figure)) charts.usual(plot(figure));
    at = -1;
    if (document.fullscreenElement) document.exitFullscreen();
    figure.scrollIntoView({ block: "center" });
  }
  const keys = {
    ArrowRight: () => show(at + 1), PageDown: () => show(at + 1), " ": () => show(at + 1), ArrowLeft: () => show(at - 1), PageUp: () => show(at - 1),
    Home: () => show(0), End: () => show(all.length - 1), Escape: end, p: end, P: end,
  };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
    if (at < 0) {
      if (event.key === "p" || event.key === "P") begin();
    } else if (keys[event.key] && !(event.key === " " && event.target.tagName === "BUTTON")) {
      event.preventDefault();
      keys[event.key]();
    }
  });
  document.addEventListener("fullscreenchange", () => { if (!document.fullscreenElement) end(); });
  addEventListener("resize", () => {
    if (at < 0 || (innerWidth === wide && innerHeight === high)) return;
    [wide, high] = [innerWidth, innerHeight];
    show(at);
  });
})();
