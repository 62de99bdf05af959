// A domain's code in bins: by offsets in its program, or by functions.
import { hex, number_text, type Run } from "./data";
import { functions_of, offset_of, type Bin } from "./landings";

export type CodeBy = "offset" | "function";

const most_offset_bins = 72;
const most_function_bins = 20;

/** The least power of two of bytes by which the domain's faults fit into the bins. */
function by_offset(domain: string, runs: Run[]): Bin[] {
  const offsets = runs.map((run) => offset_of(run) ?? 0);
  const first = offsets.reduce((one, other) => Math.min(one, other), Infinity);
  const last = offsets.reduce((one, other) => Math.max(one, other), 0);
  let width = 16;
  while (Math.floor(last / width) - Math.floor(first / width) >= most_offset_bins) width *= 2;
  const start = Math.floor(first / width) * width;
  const bins: Bin[] = [];
  for (let from = start; from <= last; from += width) {
    const title = `${domain}+${hex(from)} to +${hex(from + width - 1)}`;
    bins.push({ label: `+${hex(from)}`, title, runs: [] });
  }
  runs.forEach((run, i) => bins[Math.floor(((offsets[i] ?? 0) - start) / width)]?.runs.push(run));
  return bins;
}

function by_function(domain: string, runs: Run[]): Bin[] {
  const functions = functions_of(runs);
  const bins = functions.slice(0, most_function_bins)
    .map(([name, own]) => ({ label: name, title: `${domain}!${name}`, runs: own }));
  const others = functions.slice(most_function_bins);
  if (others.length > 0) {
    const label = `${number_text(others.length)} other functions`;
    bins.push({ label, title: `${domain}: ${label}`, runs: others.flatMap(([, own]) => own) });
  }
  return bins;
}

export function code_bins(domain: string, runs: Run[], by: CodeBy): Bin[] {
  return by === "offset" ? by_offset(domain, runs) : by_function(domain, runs);
}
