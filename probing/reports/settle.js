// Leaves no text of a plotly chart beyond its edge: margins grow, a legend stands below the axes, every category keeps its name. Needs Plotly.
"use strict";
const settling = (() => {
  // The boxes of all texts that can be seen, from the upper left corner of the chart.
  function texts(chart) {
    const origin = chart.getBoundingClientRect(), found = [];
    for (const one of chart.querySelectorAll("svg.main-svg text")) {
      if (!one.textContent.trim() || one.closest(".hoverlayer")) continue;
      const box = one.getBoundingClientRect();
      if (!box.width || getComputedStyle(one).opacity === "0") continue;
      const matrix = one.getScreenCTM();
      const turned = Math.abs(matrix.b) > 0.01 && Math.abs(matrix.a) > 0.01;
      found.push({
        left: box.left - origin.left, top: box.top - origin.top, right: box.right - origin.left, bottom: box.bottom - origin.top,
        turned, point: Boolean(one.closest(".textpoint, .bartext, .points")), size: parseFloat(getComputedStyle(one).fontSize), cell: Boolean(one.closest(".heatmap-label, .hm")), text: one.textContent,
      });
    }
    return found;
  }

  function beyond(chart) {
    const { width: wide, height: high } = chart.getBoundingClientRect();
    const over = { l: 0, r: 0, t: 0, b: 0 };
    const boxes = texts(chart);
    const legend = chart.querySelector(".legend");
    if (legend && legend.getBoundingClientRect().width) {
      const origin = chart.getBoundingClientRect(), box = legend.getBoundingClientRect();
      boxes.push({ left: box.left - origin.left, top: box.top - origin.top, right: box.right - origin.left, bottom: box.bottom - origin.top });
    }
    for (const box of boxes) {
      over.l = Math.max(over.l, 1 - box.left);
      over.t = Math.max(over.t, 1 - box.top);
      over.r = Math.max(over.r, box.right - wide + 1);
      over.b = Math.max(over.b, box.bottom - high + 1);
    }
    return over;
  }

  // A legend below the chart stands below whatever the axes say, however high the chart is.
  function lowered(chart) {
    const legend = chart.querySelector(".legend"), own = chart._fullLayout.legend;
    if (!legend || !own || own.orientation !== "h" || own.y > 0) return {};
    const size = chart._fullLayout._size, origin = chart.getBoundingClientRect();
    let lowest = size.t + size.h;
    for (const one of chart.querySelectorAll("[class*=xaxislayer] text, .infolayer [class*=xtitle], .infolayer [class*=x][class*=title]"))
      lowest = Math.max(lowest, one.getBoundingClientRect().bottom - origin.top);
    const y = -(lowest + 8 - size.t - size.h) / size.h;
    return Math.abs(y - own.y) * size.h > 2 ? { "legend.y": y, "legend.yanchor": "top" } : {};
  }

  // No name of a category is left out, and no number on an axis is turned.
  function ticked(chart) {
    const change = {};
    for (const [name, axis] of Object.entries(chart._fullLayout)) {
      if (!/^[xy]axis\d*$/.test(name) || axis.visible === false) continue;
      if (axis.type === "category" && axis._categories && axis._categories.length <= 80) {
        if (axis.tickmode === "auto") Object.assign(change, { [`${name}.tickmode`]: "linear", [`${name}.tick0`]: 0, [`${name}.dtick`]: 1 });
      } else if (axis.type === "linear" && typeof axis.dtick === "number" && axis.tickmode === "linear") {
        const count = Math.abs(axis.range[1] - axis.range[0]), least = name[0] === "x" ? 22 : 15;
        let step = axis.dtick;
        while (axis._length * step / count < least && step < count) step *= 2;
        if (step !== axis.dtick) Object.assign(change, { [`${name}.dtick`]: step, [`${name}.tick0`]: 0 });
      }
    }
    return change;
  }

  // The title of a vertical axis that is longer than the axis stands on two lines.
  function broken(chart) {
    const change = {};
    for (const [name, axis] of Object.entries(chart._fullLayout)) {
      const text = /^yaxis\d*$/.test(name) && axis.title && axis.title.text;
      const title = text && chart.querySelector(`.infolayer .g-${axis._id}title`);
      if (!title || text.includes("<") || !text.includes(" ") || title.getBoundingClientRect().height <= axis._length) continue;
      const spaces = [...text.matchAll(/ /g)].map((found) => found.index);
      const middle = spaces.reduce((best, at) => (Math.abs(at - text.length / 2) < Math.abs(best - text.length / 2) ? at : best));
      change[`${name}.title.text`] = `${text.slice(0, middle)}<br>${text.slice(middle + 1)}`;
    }
    return change;
  }

  async function settled(chart) {
    const first = { ...ticked(chart), ...broken(chart) };
    if (Object.keys(first).length) await Plotly.relayout(chart, first);
    for (let turn = 0; turn < 6; turn++) {
      const change = lowered(chart), over = beyond(chart), size = chart._fullLayout._size;
      for (const side of "lrtb") if (over[side] > 0) change[`margin.${side}`] = size[side] + over[side] + 2;
      if (!Object.keys(change).length) return;
      await Plotly.relayout(chart, change);
    }
  }

  return { texts, beyond, settled };
})();
