// Draws the charts of the page: unpacks plotly.js, which stands in the page as base64 of gzip, and gives every chart the colours of the theme.
// Needs settle.js.
const charts = (() => {
  const plots = [...document.querySelectorAll(".plot")];
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const paper = matchMedia("print");
  const font = getComputedStyle(document.body).fontFamily;
  const categories = {
    light: ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#7A7A7A", "#B8A800"],
    dark: ["#56B4E9", "#E69F00", "#2BC49A", "#E09BC4", "#F0804A", "#4F9BD0", "#A9A9A9", "#F0E442"],
  };
  const cividis = ["#00224E", "#123570", "#3B496C", "#575D6D", "#707173", "#8A8678", "#A59C74", "#C3B369", "#E1CC55", "#FEE838"];
  let printing = document.documentElement.dataset.paper === "yes";
  const atNight = () => dark.matches && !printing && !paper.matches;

  // Colours that figures set for a white ground, and what they are on a dark one; those of maps stay.
  const lighter = {
    "#0072B2": "#4D9DE0", "#009E73": "#2BC49A", "#CC79A7": "#E09BC4", "#D55E00": "#F0804A", "#56B4E9": "#A6DCF7", "#8A4FBE": "#B58AE0",
    "#7D7D00": "#B5B52E", "#5F8A8B": "#86B5B6", "#C04040": "#E57373", "#8C6D31": "#C29A4E", "#6E6E6E": "#A3AFBD", "#8A8A8A": "#A3AFBD",
  };
  const numbers = (colour) => [1, 3, 5].map((place) => parseInt(colour.slice(place, place + 2), 16));
  const faded = Object.fromEntries(Object.entries(lighter).map(([own, other]) => [numbers(own).join(","), numbers(other).join(",")]));
  const onDark = (part) => {
    if (typeof part === "string") {
      if (lighter[part]) return lighter[part];
      const found = /^rgba\((\d+,\d+,\d+),([\d.]+)\)$/.exec(part);
      return found && faded[found[1]] ? `rgba(${faded[found[1]]},${found[2]})` : part;
    }
    if (Array.isArray(part)) return part.map(onDark);
    if (!part || typeof part !== "object") return part;
    return Object.fromEntries(Object.entries(part).map(([name, value]) => [name, name === "colorscale" ? value : onDark(value)]));
  };

  const template = () => {
    const night = atNight();
    const [ink, line, ground] = night ? ["#E4E9F0", "#303A47", "#1A212B"] : ["#0E1620", "#DCE1E8", "#FFFFFF"];
    const axis = { gridcolor: line, linecolor: line, zerolinecolor: night ? "#5A6675" : "#9AA5B1", tickcolor: line, automargin: true, title: { standoff: 8 } };
    const scale = cividis.map((colour, place) => [place / (cividis.length - 1), colour]);
    return {
      layout: {
        font: { family: font, color: ink, size: 13 },
        paper_bgcolor: "rgba(0,0,0,0)",
        plot_bgcolor: "rgba(0,0,0,0)",
        colorway: categories[night ? "dark" : "light"],
        colorscale: { sequential: scale },
        xaxis: axis,
        yaxis: axis,
        hoverlabel: { bgcolor: ground, bordercolor: line, font: { color: ink, family: font } },
        legend: { font: { color: ink } },
        annotationdefaults: { font: { color: ink } },
      },
      data: { heatmap: [{ colorscale: scale, colorbar: { outlinewidth: 0 } }] },
    };
  };
  const figureOf = (place) => {
    const figure = JSON.parse(place.nextElementSibling.textContent);
    return atNight() ? onDark(figure) : figure;
  };
  const config = (place) => ({
    responsive: true,
    displaylogo: false,
    modeBarButtons: [["toImage"]],
    toImageButtonOptions: { format: "svg", filename: place.id },
    displayModeBar: printing ? false : "hover",
  });
  const draw = async (place, change = (layout) => layout) => {
    const figure = figureOf(place);
    const layout = change({ ...figure.layout, template: template(), autosize: true });
    delete layout.width;
    place.classList.remove("waiting");
    if (!place._fullLayout) place.textContent = "";
    await Plotly.newPlot(place, figure.data, layout, config(place));
    await settling.settled(place);
  };
  // For a large screen: `height` pixels high, with larger type; and back.
  const LARGER = 1.45;
  const large = (place, height) => {
    place.style.height = `${height}px`;
    return draw(place, (layout) => ({
      ...layout,
      height,
      font: { ...layout.font, size: 13 * LARGER },
      margin: Object.fromEntries(Object.entries(layout.margin || {}).map(([side, size]) => [side, typeof size === "number" ? size * LARGER : size])),
      annotations: (layout.annotations || []).map((note) => ({ ...note, font: { ...note.font, size: ((note.font && note.font.size) || 12) * LARGER } })),
    }));
  };
  const usual = (place) => {
    place.style.height = `${figureOf(place).layout.height || 450}px`;
    return draw(place);
  };
  let shownAtNight = atNight();
  const again = () => {
    if (shownAtNight === atNight()) return;
    shownAtNight = atNight();
    for (const place of plots) draw(place);
  };
  const size = () => plots.map((place) => Plotly.Plots.resize(place));

  const unpack = async () => {
    const packed = document.getElementById("plotly").textContent.trim();
    const bytes = Uint8Array.from(atob(packed), (sign) => sign.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const script = document.createElement("script");
    script.textContent = await new Response(stream).text();
    document.head.append(script);
  };
  const start = async () => {
    if (plots.length) {
      await unpack();
      for (const place of plots) {
        try {
          await draw(place);
        } catch (error) {
          place.textContent = `This chart could not be drawn: ${error.message}`;
        }
      }
      dark.addEventListener("change", again);
      addEventListener("beforeprint", () => { printing = true; again(); size(); });
      addEventListener("afterprint", () => { printing = false; again(); size(); });
    }
    document.documentElement.dataset.drawn = "yes";
  };
  const started = start();
  started.catch((error) => {
    for (const place of plots) place.textContent = `This browser cannot unpack the charts (${error.message}): a newer one can.`;
    document.documentElement.dataset.drawn = "failed";
  });
  return { large, usual };
})();
