// The colours of the light and the dark theme, and which of the two TensorBoard shows.
import { tensorBoardWindow } from "../host.js";

// Twelve colours for heads, found by a search that maximizes the smallest distance between two of them in OKLab, with
// full colour vision and with simulated protanopia, deuteranopia and tritanopia (Machado et al. 2009), at a contrast to
// the background of at least 2.3 (light) and 2.6 (dark). Heads are also numbered wherever their colours are used.
const LIGHT_SERIES = [
  "#186cb4",
  "#fc9000",
  "#6c2460",
  "#24c09c",
  "#cc600c",
  "#9c6cfc",
  "#840c00",
  "#4890a8",
  "#0c30a8",
  "#b49cfc",
  "#9c4854",
  "#3c18f0",
];
const DARK_SERIES = [
  "#54c0fc",
  "#fc840c",
  "#00f0fc",
  "#fccc00",
  "#a848a8",
  "#008454",
  "#f00000",
  "#6c90fc",
  "#c0e4a8",
  "#e49c9c",
  "#6c54f0",
  "#c078a8",
];

// Lightness only falls or only rises, so that values stay ordered for colour-blind readers and in grey prints.
const LIGHT_SEQUENTIAL = scale([
  [255, 255, 255],
  [206, 224, 243],
  [120, 172, 220],
  [38, 108, 179],
  [13, 58, 122],
  [8, 26, 64],
]);
const DARK_SEQUENTIAL = scale([
  [48, 48, 48],
  [38, 72, 112],
  [34, 118, 158],
  [70, 172, 170],
  [168, 216, 150],
  [250, 246, 178],
]);
// Blue is more, for and right; orange is less, against and wrong: the same in every view.
const LIGHT_DIVERGING = scale([
  [12, 60, 124],
  [78, 142, 202],
  [196, 218, 238],
  [255, 255, 255],
  [250, 214, 176],
  [226, 132, 44],
  [142, 66, 4],
]);
const DARK_DIVERGING = scale([
  [156, 210, 255],
  [64, 142, 208],
  [42, 84, 124],
  [48, 48, 48],
  [122, 74, 28],
  [216, 128, 36],
  [255, 208, 140],
]);

const light = {
  name: "light",
  background: "#ffffff",
  surface: "#f5f6f8",
  ink: "#1f2328",
  muted: "#5d6570",
  grid: "#d8dce2",
  accent: "#1a66c2",
  series: LIGHT_SERIES,
  starts: "#12876b",
  ends: "#8a2f7c",
  sequential: (value) => LIGHT_SEQUENTIAL(value),
  diverging: (value) => LIGHT_DIVERGING((1 - value) / 2),
};

const dark = {
  name: "dark",
  background: "#303030",
  surface: "#3a3b3d",
  ink: "#f1f3f4",
  muted: "#b6bac0",
  grid: "#505459",
  accent: "#8ab8f8",
  series: DARK_SERIES,
  starts: "#3fd0a4",
  ends: "#e08ad6",
  sequential: (value) => DARK_SEQUENTIAL(value),
  diverging: (value) => DARK_DIVERGING((1 - value) / 2),
};

/** Returns a colour `[red, green, blue]` in CSS notation. */
export function css([red, green, blue]) {
  return `rgb(${red},${green},${blue})`;
}

/** Returns `[red, green, blue]` of "#rrggbb". */
export function rgbOf(hexadecimal) {
  return [1, 3, 5].map((place) => parseInt(hexadecimal.slice(place, place + 2), 16));
}

/** Returns a dark or a white ink, whichever is readable on a colour `[red, green, blue]`. */
export function inkOn([red, green, blue]) {
  const luminance = [red, green, blue].map((channel) => (channel / 255) ** 2.2);
  return 0.2126 * luminance[0] + 0.7152 * luminance[1] + 0.0722 * luminance[2] > 0.25 ? "#16191d" : "#ffffff";
}

/** Returns the colour of a head; from the thirteenth head on, colours repeat. */
export function headColor(theme, head) {
  return theme.series[head % theme.series.length];
}

/** Returns the theme that TensorBoard shows around this page; without TensorBoard, the one that the system prefers. */
export function currentTheme() {
  const body = tensorBoardWindow()?.document.body;
  if (body) return body.classList.contains("dark-mode") ? dark : light;
  return darkPreferred().matches ? dark : light;
}

/** Calls `listener(theme)` whenever the theme changes; returns a function that ends this. */
export function onThemeChange(listener) {
  const tell = () => listener(currentTheme());
  const body = tensorBoardWindow()?.document.body;
  const observer = body ? new MutationObserver(tell) : null;
  observer?.observe(body, { attributes: true, attributeFilter: ["class"] });
  darkPreferred().addEventListener("change", tell);
  return () => {
    observer?.disconnect();
    darkPreferred().removeEventListener("change", tell);
  };
}

function darkPreferred() {
  return window.matchMedia("(prefers-color-scheme: dark)");
}

function scale(stops) {
  return (value) => {
    const place = Math.max(0, Math.min(1, Number.isFinite(value) ? value : 0)) * (stops.length - 1);
    const lower = Math.min(stops.length - 2, Math.floor(place));
    const share = place - lower;
    return stops[lower].map((channel, index) => Math.round(channel + share * (stops[lower + 1][index] - channel)));
  };
}
