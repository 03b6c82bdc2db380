// Sets a chart in its frame, as one SVG: title, finding, the chart, what is drawn, a note and the facts. Nothing is cut off: texts are measured.
// `framing.py` says what stands in the frame. Needs settle.js, and Plotly where there is a figure.
const frames = (() => {
  const { texts, beyond, settled } = settling;
  const STEPS = [1, 1.2, 1.45, 1.75, 2.1, 2.6]; // how much smaller than usual the chart's own type may be, where it has no room
  const SMALLEST = 6.5; // pixels of the picture's type: numbers in cells that would be smaller are left out
  const LINE = 1.3;
  const pen = document.createElement("canvas").getContext("2d");
  const escaped = (text) =>
    String(text).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd"); // which XML has no place for

  function width(text, font) {
    pen.font = font;
    return pen.measureText(text).width;
  }

  function wrapped(text, font, room) {
    const lines = [];
    let line = "";
    for (let word of String(text).split(/\s+/)) {
      while (width(word, font) > room) { // a word wider than the frame is cut
        let end = word.length;
        while (end > 1 && width(word.slice(0, end), font) > room) end = Math.min(end - 1, Math.floor(end * room / width(word.slice(0, end), font)) || 1);
        if (line) { lines.push(line); line = ""; }
        lines.push(word.slice(0, end));
        word = word.slice(end);
      }
      const longer = line ? `${line} ${word}` : word;
      if (width(longer, font) > room) { lines.push(line); line = word; } else line = longer;
    }
    if (line) lines.push(line);
    return lines;
  }

  // Texts under each other: {svg, height}.
  function block(texts, left, top, room, spec, scale) {
    let y = top, svg = "";
    for (const [text, size, colour, weight, gap, link] of texts) {
      if (!text) continue;
      const pixels = size * scale, font = `${weight} ${pixels}px ${spec.font}`;
      y += gap * scale;
      let lines = "";
      for (const line of wrapped(text, font, room)) {
        y += pixels * LINE;
        lines += `<text x="${left}" y="${(y - pixels * 0.3).toFixed(1)}" font-size="${pixels}" font-weight="${weight}" fill="${colour}">${escaped(line)}</text>`;
      }
      svg += link ? `<a href="${escaped(link)}" target="_blank">${lines}</a>` : lines;
    }
    return { svg, height: y - top };
  }

  const channels = (colour) => {
    pen.fillStyle = "#000";
    pen.fillStyle = colour; // the browser reads it
    const found = pen.fillStyle;
    return found[0] === "#" ? [1, 3, 5].map((at) => parseInt(found.slice(at, at + 2), 16)) : found.match(/[\d.]+/g).slice(0, 3).map(Number);
  };
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((one) => (one / 255 <= 0.04045 ? one / 255 / 12.92 : ((one / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  // The colour, mixed with the ink until it can be read on the background.
  function readable(colour, colours, least = 4.5) {
    const back = luminance(channels(colours.back)), ink = channels(colours.ink), own = channels(colour);
    for (let share = 0; share <= 1; share += 0.1) {
      const mixed = own.map((one, at) => Math.round(one * (1 - share) + ink[at] * share));
      const [low, high] = [luminance(mixed), back].sort((a, b) => a - b);
      if ((high + 0.05) / (low + 0.05) >= least) return `rgb(${mixed.join(",")})`;
    }
    return colours.ink;
  }

  function legible(figure, colours) {
    for (const note of figure.layout.annotations || [])
      if (note.font && note.font.color && !note.bgcolor) note.font.color = readable(note.font.color, colours);
    return figure;
  }

  function overlapping(boxes) {
    let count = 0;
    for (let i = 0; i < boxes.length; i++)
      for (let j = i + 1; j < boxes.length; j++) {
        const a = boxes[i], b = boxes[j];
        const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left), high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (wide <= 1 || high <= 1) continue;
        const least = Math.min((a.right - a.left) * (a.bottom - a.top), (b.right - b.left) * (b.bottom - b.top));
        if (wide * high > 0.12 * least) count++;
      }
    return count;
  }

  // How badly the chart stands: texts beyond its edge, on each other, or no room left for what is drawn.
  function faults(chart, scale) {
    const over = beyond(chart), size = chart._fullLayout._size, boxes = texts(chart).filter((box) => !box.turned && !box.point);
    const cut = Object.values(over).filter((one) => one > 1).length;
    const crushed = (size.w < 0.42 * chart._fullLayout.width) + (size.h < 0.36 * chart._fullLayout.height);
    const cells = boxes.filter((box) => box.cell), others = boxes.filter((box) => !box.cell);
    const least = Math.min(...cells.map((box) => box.size)) * scale;
    return { bad: 100 * cut + 8 * crushed + overlapping(others), crowded: least < SMALLEST || overlapping(cells) > 0 };
  }

  async function drawn(spec, wide, high, scale) {
    const chart = document.createElement("div");
    chart.style.cssText = `position:absolute;left:0;top:0;width:${wide}px;height:${high}px`;
    document.body.append(chart);
    const figure = legible(JSON.parse(JSON.stringify(spec.figure)), spec.colours);
    Object.assign(figure.layout, { width: wide, height: high, autosize: false });
    await Plotly.newPlot(chart, figure.data, figure.layout, { staticPlot: true });
    await settled(chart);
    return { chart, found: faults(chart, scale) };
  }

  async function withoutNumbers(made) {
    const maps = made.chart.data.map((trace, at) => (/^heatmap/.test(trace.type) && trace.texttemplate ? at : -1)).filter((at) => at >= 0);
    if (maps.length) await Plotly.restyle(made.chart, { texttemplate: "" }, maps);
  }

  // The SVG of `spec`, and its size in pixels.
  async function set(spec) {
    const size = spec.size, colours = spec.colours, pad = size.pad, room = size.width - 2 * pad;
    const [headline, ...more] = spec.finding;
    const alone = !spec.svg && !spec.figure;
    const head = block([
      [spec.title, size.title, colours.muted, 400, 0],
      [headline, size.finding, colours.ink, 700, size.finding * 0.15],
      ...more.map((line) => [line, size.more, colours.ink, 400, size.more * 0.2]),
    ], pad, alone ? size.height * 0.36 : pad, room, spec, alone ? 1.5 : 1);
    const below = [
      [spec.note, size.more, colours.ink, 400, size.more * 0.3],
      [spec.drawn, size.foot * 1.1, colours.muted, 400, size.foot * 0.5],
      [spec.foot, size.foot, colours.muted, 400, size.foot * 0.3, spec.link],
    ];
    const top = pad + head.height + size.more * 0.6;
    const foot = block(below, pad, 0, room, spec, 1);
    let inner = "", high = 0; // a heading stands alone
    if (spec.svg) ({ inner, high } = picture(spec, top, foot.height, room));
    else if (spec.figure) ({ inner, high } = await chartIn(spec, top, foot.height, room));
    const height = size.height || Math.ceil(top + high + foot.height + pad);
    const bottom = block(below, pad, size.height ? size.height - pad * 0.7 - foot.height : top + high, room, spec, 1);
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${size.width}" height="${height}" ` +
      `viewBox="0 0 ${size.width} ${height}" font-family="${escaped(spec.font)}" role="img"><title>${escaped([spec.title, ...spec.finding].filter(Boolean).join(". "))}</title>` +
      `<rect width="100%" height="100%" fill="${colours.back}"/>${head.svg}${inner}${bottom.svg}</svg>`;
    return { svg, width: size.width, height };
  }

  async function chartIn(spec, top, under, room) {
    const size = spec.size;
    let best = null;
    for (const step of STEPS) {
      const scale = size.zoom / step;
      const given = size.height ? size.height - top - under - size.pad * 0.7 : Math.max(220, spec.natural) * scale;
      const wide = Math.round(room / scale), high = Math.round(Math.max(given, 60) / scale);
      const made = await drawn(spec, wide, high, scale);
      if (size.height && high < 0.62 * spec.natural && step < STEPS.at(-1)) made.found.bad += 6;
      const worth = made.found.bad;
      if (!best || worth < best.worth) {
        if (best) discard(best.chart);
        best = { ...made, worth, scale, wide, high };
      } else discard(made.chart);
      if (!best.worth) break;
    }
    if (best.found.crowded) await withoutNumbers(best);
    const inner = await Plotly.toImage(best.chart, { format: "svg", width: best.wide, height: best.high, imageDataOnly: true });
    discard(best.chart);
    const w = best.wide * best.scale, h = best.high * best.scale;
    const placed = inner.replace(/^\s*<svg\b([^>]*)>/, (_, all) => {
      const kept = all.replace(/\s(?:x|y|width|height|viewBox|overflow)="[^"]*"/g, "");
      return `<svg${kept} x="${size.pad}" y="${top.toFixed(1)}" width="${w.toFixed(1)}" height="${h.toFixed(1)}" viewBox="0 0 ${best.wide} ${best.high}" overflow="visible">`;
    });
    return { inner: placed, high: h };
  }

  function discard(chart) {
    Plotly.purge(chart);
    chart.remove();
  }

  // A drawing that is SVG already stands in the frame as an image, so that nothing in it runs.
  function picture(spec, top, under, room) {
    const own = new DOMParser().parseFromString(spec.svg, "image/svg+xml").documentElement;
    const box = (own.getAttribute("viewBox") || "").split(/[\s,]+/).map(Number);
    const wide = parseFloat(own.getAttribute("width")) || box[2] || 300, high = parseFloat(own.getAttribute("height")) || box[3] || 150;
    const most = spec.size.height ? spec.size.height - top - under - spec.size.pad * 0.7 : Infinity;
    const scale = Math.min(room / wide, most / high, spec.size.zoom * 1.4);
    const data = btoa(String.fromCharCode(...new TextEncoder().encode(spec.svg)));
    const ground = spec.colours.back === "#FFFFFF" ? "" : `<rect x="${spec.size.pad - 6}" y="${top - 6}" width="${wide * scale + 12}" height="${high * scale + 12}" rx="6" fill="#FFFFFF"/>`;
    const inner = `${ground}<image x="${spec.size.pad}" y="${top}" width="${wide * scale}" height="${high * scale}" href="data:image/svg+xml;base64,${data}"/>`;
    return { inner, high: high * scale };
  }

  // PNG of an SVG as base64, `scale` pixels a pixel.
  async function png(made, scale) {
    const image = new Image();
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(made.svg)}`;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = made.width * scale;
    canvas.height = made.height * scale;
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL("image/png").split(",")[1];
  }

  return { set, png, texts };
})();
