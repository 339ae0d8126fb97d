// The style sheet of the page, as a module, so that the page needs no second file and an offline page can carry it.

export const STYLE = `
html, body { height: 100%; margin: 0; }
.bk { box-sizing: border-box; height: 100vh; display: flex; flex-direction: column; background: var(--background);
  color: var(--ink); font: 13px/1.4 Roboto, "Segoe UI", "Helvetica Neue", Arial, "Noto Sans", sans-serif; }
.bk *, .bk *::before { box-sizing: border-box; }
.bk [hidden] { display: none !important; }
@media (min-width: 1900px) { .bk { font-size: 15px; } }

.bk-bar { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 20px; padding: 8px 16px;
  background: var(--surface); }
.bk-second { padding: 0 16px; border-bottom: 1px solid var(--grid); align-items: stretch; }
.bk-pickers, .bk-group, .bk-controls { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 14px; min-width: 0;
  }
.bk-controls { gap: 6px 12px; }
.bk-pickers { flex: 1; gap: 6px 28px; }
.bk-controls { flex: 1 0 auto; max-width: 100%; padding: 6px 0; }
.bk-actions { display: flex; align-items: center; gap: 4px; margin-left: auto; }
.bk-gap { width: 10px; }

.bk-field { display: inline-flex; align-items: center; gap: 6px; white-space: nowrap; }
.bk-field > span:first-child { color: var(--muted); }
.bk-check > span { color: var(--ink) !important; }
.bk-check { gap: 5px; cursor: pointer; }
.bk-word { color: var(--muted); }
.bk-number { min-width: 2.6em; font-variant-numeric: tabular-nums; }
.bk-step .bk-number { min-width: 7em; }
.bk select, .bk-button, .bk-buttons button { font: inherit; color: var(--ink); background: var(--background);
  border: 1px solid var(--grid); border-radius: 4px; height: 2.1em; padding: 0 8px; }
.bk select { max-width: 25em; text-overflow: ellipsis; }
.bk-button { cursor: pointer; min-width: 2.3em; font-variant-numeric: tabular-nums; }
.bk-button:hover, .bk-buttons button:hover, .bk select:hover { border-color: var(--muted); }
.bk input[type=range] { width: 84px; accent-color: var(--accent); margin: 0; }
.bk-step input[type=range] { width: 150px; }
.bk input[type=checkbox] { accent-color: var(--accent); margin: 0; width: 1.1em; height: 1.1em; }
.bk-buttons { display: inline-flex; }
.bk-buttons button { border-radius: 0; margin-left: -1px; cursor: pointer; padding: 0 9px;
  font-variant-numeric: tabular-nums; }
.bk-buttons button:first-child { border-radius: 4px 0 0 4px; margin-left: 0; }
.bk-buttons button:last-child { border-radius: 0 4px 4px 0; }
.bk-buttons button[aria-checked=true] { background: var(--accent); border-color: var(--accent);
  color: var(--background); position: relative; }
.bk :focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }

.bk-tabs { display: flex; align-self: flex-end; margin-right: 8px; }
.bk-tabs button { font: inherit; font-weight: 500; color: var(--muted); background: none; border: 0;
  border-bottom: 2px solid transparent; padding: 9px 11px 8px; cursor: pointer; }
.bk-tabs button:hover:not(:disabled) { color: var(--ink); }
.bk-tabs button[aria-selected=true] { color: var(--accent); border-bottom-color: var(--accent); }
.bk-tabs button:disabled { opacity: 0.45; cursor: default; }
.bk-tabs button:focus-visible { outline-offset: -3px; }

.bk-typing { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 14px; padding: 6px 16px;
  border-bottom: 1px solid var(--grid); }
.bk-typing textarea, .bk-typing input { font: inherit; color: var(--ink); background: var(--background);
  border: 1px solid var(--grid); border-radius: 4px; padding: 4px 8px; }
.bk-typing textarea { flex: 1; resize: vertical; min-width: 8em; height: 2.1em; }
.bk-typed { flex: 1 1 20em; }
.bk-off input { width: 8em; }
.bk-told { padding: 7px 16px 6px; border-bottom: 1px solid var(--grid); }
.bk-summary { display: flex; gap: 4px 24px; align-items: baseline; min-width: 0; }
.bk-quote { flex: 0 1 auto; min-width: 6em; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.bk-quote:first-child:not(:only-child) { flex-shrink: 0; max-width: 40%; }
.bk-outcome { flex: 0 0 auto; max-width: 45%; margin-left: auto; overflow: hidden; text-overflow: ellipsis;
  white-space: nowrap; }
@media (max-width: 900px) {
  .bk-quote { min-width: 0; flex-shrink: 99; }
  .bk-quote:first-child:not(:only-child), .bk-outcome { flex-shrink: 1; }
}
.bk-quote q { quotes: none; unicode-bidi: isolate; }
.bk-key { color: var(--muted); margin-right: 7px; }
.bk-small { display: flex; gap: 4px 24px; color: var(--muted); font-size: 0.92em; margin-top: 2px; }
.bk-about { flex: 1; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.bk-right { color: var(--muted); }
.bk-wrong { font-weight: 600; border-bottom: 2px solid var(--accent); margin-left: 6px; }

.bk-notice { display: flex; align-items: center; gap: 16px; padding: 8px 16px; border-bottom: 1px solid var(--grid);
  border-left: 4px solid #d9822b; background: var(--surface); }
.bk-problems { margin: 0; padding: 0; list-style: none; overflow-wrap: anywhere; }
.bk-nothing { flex: 1; overflow: auto; padding: 8vh 24px; }
.bk-empty { max-width: 52em; margin: 0 auto; }
.bk-empty h2 { font-weight: 500; font-size: 1.5em; margin: 0 0 0.8em; }
.bk-empty pre { font: 0.95em/1.5 "Roboto Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace;
  background: var(--surface); border: 1px solid var(--grid); border-radius: 4px; padding: 10px 12px;
  white-space: pre-wrap; }
.bk[data-empty=true] > :not(.bk-nothing, .bk-progress, style) { display: none; }
.bk[data-empty=failed] > :not(.bk-notice, .bk-progress, style) { display: none; }

.bk-panes { flex: 1; display: flex; min-height: 0; background: var(--background); }
.bk-pane { flex: 1; min-width: 0; display: flex; flex-direction: column; }
.bk-pane + .bk-pane { border-left: 1px solid var(--grid); }
.bk-pane-title { display: flex; flex-wrap: wrap; gap: 2px 20px; padding: 5px 16px; font-weight: 500;
  background: var(--surface); border-bottom: 1px solid var(--grid); }
.bk-pane-part { display: flex; flex-wrap: wrap; gap: 0 20px; min-width: 0; }
.bk-pane-name { min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.bk-pane-part .bk-outcome { margin-left: 0; max-width: 100%; font-weight: 400; }
.bk-scroller { flex: 1; min-height: 0; overflow: auto; position: relative; }
.bk-content { position: relative; }
.bk-canvas { position: sticky; top: 0; left: 0; display: block; touch-action: pan-x pan-y; }
.bk-canvas:focus-visible { outline-offset: -2px; }
.bk-tooltip { position: fixed; z-index: 3; pointer-events: none; max-width: 40em; padding: 6px 10px; border-radius: 4px;
  background: var(--ink); color: var(--background); white-space: pre-line; overflow-wrap: anywhere;
  box-shadow: 0 2px 8px rgba(0, 0, 0, 0.3); font-variant-numeric: tabular-nums; }
.bk-spoken { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap;
  }
.bk-progress { position: fixed; right: 20px; bottom: 46px; padding: 5px 12px; border-radius: 12px;
  background: var(--ink); color: var(--background); }

.bk-rows { flex: 1; min-height: 0; display: flex; flex-direction: column; }
.bk-row-bar { display: flex; align-items: flex-start; gap: 12px; padding: 6px 16px; }
.bk-row-filters { flex: 1; display: flex; flex-wrap: wrap; gap: 6px 14px; min-width: 0; }
.bk-row-filters input { font: inherit; color: var(--ink); background: var(--background);
  border: 1px solid var(--grid); border-radius: 4px; height: 2.1em; padding: 0 8px; width: 13em; }
.bk-row-filters input[type=number] { width: 5em; }
.bk-row-filters select { max-width: 15em; }
.bk-row-list { flex: 1; min-height: 4em; overflow: auto; position: relative; border-top: 1px solid var(--grid); }
.bk-lines { position: relative; min-width: 100%; }
.bk-line { display: grid; grid-template-columns: 2em minmax(9em, 1fr) minmax(5em, 15em) minmax(5em, 15em) 5em 6.5em;
  gap: 0 10px; padding: 0 16px; height: 30px; align-items: center; }
.bk-lines .bk-line { position: absolute; left: 0; right: 0; cursor: pointer; }
.bk-line > span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.bk-line:hover, .bk-line[aria-selected=true] { background: var(--surface); }
.bk-row-list:focus-visible .bk-line[aria-selected=true] { outline: 2px solid var(--accent); outline-offset: -2px; }
.bk-line-heads { overflow: hidden; scrollbar-gutter: stable; }
.bk-line-heads button { font: inherit; font-weight: 600; color: var(--muted); background: none; border: 0; padding: 0;
  text-align: left; cursor: pointer; white-space: nowrap; }
.bk-line .bk-cell-number { text-align: right; font-variant-numeric: tabular-nums; }
.bk-line-heads button:nth-child(n+5) { text-align: right; }
.bk-row-main { flex: 1; min-height: 0; display: flex; border-top: 1px solid var(--grid); }
.bk-row-side { flex: 1 1 55%; min-width: 0; display: flex; flex-direction: column; }
.bk-map { flex: 1 1 45%; min-width: 0; display: flex; flex-direction: column; gap: 4px; padding: 6px 10px 6px 16px;
  border-right: 1px solid var(--grid); }
.bk-map[hidden] { display: none; }
.bk-map-bar { display: flex; flex-wrap: wrap; gap: 6px 14px; }
.bk-map-sheet { flex: 1; min-height: 8em; position: relative; }
.bk-map-sheet canvas { position: absolute; inset: 0; width: 100%; height: 100%; }
.bk-map-over { cursor: crosshair; touch-action: none; }
.bk-map-legend { display: flex; flex-wrap: wrap; gap: 0 10px; max-height: 6em; overflow: auto; }
.bk-map-entry { font: inherit; color: var(--ink); background: none; border: 0; padding: 2px 3px; }
button.bk-map-entry { cursor: pointer; }
.bk-map-dot { display: inline-block; width: 0.75em; height: 0.75em; border-radius: 50%; margin-right: 5px; }
.bk-map-about { margin: 0; color: var(--muted); user-select: text; }
.bk-button[aria-pressed=true] { border-color: var(--accent); color: var(--accent); }
.bk-near { flex: 0 1 auto; max-height: 46%; min-height: 7em; display: flex; flex-direction: column; gap: 3px;
  padding: 7px 16px; border-top: 2px solid var(--accent); background: var(--surface); user-select: text; }
.bk-near[hidden] { display: none; }
.bk-near p { margin: 0; }
.bk-near-head .bk-button { white-space: nowrap; }
.bk-near-head { display: flex; gap: 4px 16px; align-items: center; justify-content: space-between; }
.bk-near-said { font-weight: 600; min-width: 0; overflow-wrap: anywhere; }
.bk-near-text { overflow: auto; max-height: 4.6em; flex-shrink: 0; overflow-wrap: anywhere; }
.bk-near-told { color: var(--muted); overflow-wrap: anywhere; }
.bk-near-list { flex: 1; min-height: 3.2em; overflow: auto; margin: 0; padding: 0; list-style: none; }
.bk-near-line { display: grid; grid-template-columns: 3.6em 1.2em minmax(4em, 12em) 1fr; gap: 0 8px; padding: 2px 0; }
.bk-near-line > span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.bk-near-alike { font-variant-numeric: tabular-nums; color: var(--muted); }
.bk-near-other .bk-near-label, .bk-near-mark { font-weight: 700; }
.bk-row-told { margin: 0; padding: 5px 16px; border-top: 1px solid var(--grid); color: var(--muted);
  overflow-wrap: anywhere; user-select: text; }
.bk[data-rows=true] .bk-told, .bk[data-rows=true] .bk-controls { display: none; }
.bk-row-side { container-type: inline-size; }
@container (max-width: 800px) {
  .bk-line { grid-template-columns: 1.4em minmax(6em, 1fr) 7em 7em 4.5em; }
  .bk-line > :nth-child(6) { display: none; }
}
@media (max-width: 899px) {
  .bk-rows, .bk-row-main, .bk-map, .bk-map-sheet, .bk-row-side, .bk-row-list { flex: none; }
  .bk-row-main { flex-direction: column; }
  .bk-map { border-right: 0; border-bottom: 1px solid var(--grid); padding-right: 16px; }
  .bk-map-sheet { height: 15em; }
  .bk-row-list { height: 14em; }
  .bk-near { max-height: none; }
  .bk-near-list { overflow: visible; }
}
@media (max-width: 700px) {
  .bk-line { grid-template-columns: 1.4em minmax(6em, 1fr) 6em 6em 4em; }
  .bk-line > :nth-child(6) { display: none; }
  .bk-near-head { flex-wrap: wrap; }
  .bk-near-line { grid-template-columns: 3.4em 1em 7em 1fr; }
  .bk-map-legend { max-height: 3.6em; }
}

.bk-help { position: fixed; z-index: 2; right: 16px; bottom: 44px; max-width: min(34em, calc(100vw - 32px));
  max-height: calc(100vh - 120px); overflow: auto; padding: 14px 18px; border: 1px solid var(--grid);
  border-radius: 6px; background: var(--background); box-shadow: 0 4px 18px rgba(0, 0, 0, 0.25); }
.bk-help h2 { font-size: 1.1em; font-weight: 600; margin: 0 0 4px; }
.bk-help p { margin: 0 0 10px; color: var(--muted); }
.bk-help dl { display: grid; grid-template-columns: max-content 1fr; gap: 5px 14px; margin: 0; }
.bk-help dt { font-weight: 600; white-space: nowrap; }
.bk-help dd { margin: 0; }

.bk-footer { display: flex; flex-wrap: wrap; gap: 2px 24px; padding: 5px 16px; border-top: 1px solid var(--grid);
  background: var(--surface); color: var(--muted); font-size: 0.92em; }
.bk-exact { white-space: nowrap; font-variant-numeric: tabular-nums; }
.bk-linklike { font: inherit; color: var(--accent); background: none; border: 0; padding: 0; cursor: pointer;
  text-decoration: underline; }
@media (max-width: 700px) {
  .bk-pickers { flex: 1 1 100%; }
  .bk-actions { flex-wrap: wrap; margin-left: 0; }
  .bk-field { max-width: 100%; }
  .bk-field > select { min-width: 0; flex-shrink: 1; }
  .bk-summary, .bk-small { flex-wrap: wrap; }
  .bk-quote:first-child:not(:only-child) { max-width: 100%; }
  .bk-exact { white-space: normal; }
  .bk-about { flex-basis: 100%; }
  .bk-outcome { max-width: 100%; margin-left: 0; }
}
`;
