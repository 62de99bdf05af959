// Where faults landed in the code of a domain: offsets in bins, coloured by what came of them.
import type { ActiveElement } from "chart.js";
import { Drawing, outcome_colour } from "./charts";
import { hex, number_text, side_titles, type Report, type Run, type SideName } from "./data";
import { element } from "./dom";
import { outcomes, type Outcome } from "./outcomes";
import { select } from "./selection";

const most_bins = 72;

interface Bin {
  from: number;
  to: number;
  runs: Run[];
}

function offset_of(run: Run): number | undefined {
  return run.fault.mutation?.offset ?? run.fault.trigger.offset;
}

/** "descend" of "parser!descend+0x11 (parser.c:88)" */
function function_of(run: Run): string {
  return run.place.replace(/^[^!]*!/, "").replace(/\+0x[0-9a-f]+( \(.*\))?$/, "");
}

/** The least power of two of bytes by which the domain's faults fit into the bins. */
function bins_of(runs: Run[]): Bin[] {
  const offsets = runs.map((run) => offset_of(run) ?? 0);
  const first = offsets.reduce((one, other) => Math.min(one, other), Infinity);
  const last = offsets.reduce((one, other) => Math.max(one, other), 0);
  let width = 16;
  while (Math.floor(last / width) - Math.floor(first / width) >= most_bins) width *= 2;
  const start = Math.floor(first / width) * width;
  const bins: Bin[] = [];
  for (let from = start; from <= last; from += width) {
    bins.push({ from, to: from + width - 1, runs: [] });
  }
  runs.forEach((run, i) => bins[Math.floor(((offsets[i] ?? 0) - start) / width)]?.runs.push(run));
  return bins;
}

function functions_text({ runs }: Bin): string[] {
  const counts = new Map<string, number>();
  for (const run of runs) counts.set(function_of(run), (counts.get(function_of(run)) ?? 0) + 1);
  const sorted = [...counts].sort(([, one], [, other]) => other - one);
  const lines = sorted.slice(0, 6).map(([name, count]) => `${name} (${number_text(count)})`);
  return sorted.length > 6 ? [...lines, `and ${sorted.length - 6} more functions`] : lines;
}

function count(bin: Bin, side: SideName, outcome: Outcome): number {
  return bin.runs.filter((run) => run[side]?.outcome === outcome).length;
}

function domain_figure(domain: string, runs: Run[], side: SideName): HTMLElement {
  const bins = bins_of(runs);
  const drawing = new Drawing<"bar">(
    `Faults over the code of ${domain}`,
    ({ index, datasetIndex }: ActiveElement) => {
      const bin = bins[index];
      const outcome = outcomes[datasetIndex];
      if (!bin || !outcome) return;
      select({
        title: `${domain}+${hex(bin.from)} to ${hex(bin.to)}: ${outcome} ${side_titles[side]}`,
        keep: (run) => bin.runs.includes(run) && run[side]?.outcome === outcome,
      });
    },
  );
  queueMicrotask(() =>
    drawing.show(190, () => ({
      type: "bar",
      data: {
        labels: bins.map((bin) => `+${hex(bin.from)}`),
        datasets: outcomes.map((outcome) => ({
          label: outcome,
          data: bins.map((bin) => count(bin, side, outcome)),
          backgroundColor: outcome_colour(outcome),
          categoryPercentage: 1,
          barPercentage: 0.94,
        })),
      },
      options: {
        interaction: { mode: "nearest", intersect: true },
        scales: {
          x: { stacked: true, grid: { display: false }, ticks: { maxRotation: 0 } },
          y: { stacked: true, ticks: { precision: 0, maxTicksLimit: 5 } },
        },
        plugins: {
          tooltip: {
            callbacks: {
              title: ([first]) => {
                const bin = bins[first?.dataIndex ?? 0];
                return bin ? `${domain}+${hex(bin.from)} to +${hex(bin.to)}` : "";
              },
              afterBody: ([first]) => {
                const bin = bins[first?.dataIndex ?? 0];
                return bin ? functions_text(bin) : [];
              },
            },
          },
        },
      },
    }))
  );
  return element(
    "figure",
    {},
    element(
      "figcaption",
      {},
      element("strong", {}, domain),
      ` ${number_text(runs.length)} faults at instructions`,
    ),
    drawing.root,
  );
}

export function code_map(report: Report, side: SideName): HTMLElement[] {
  const domains = new Map<string, Run[]>();
  for (const run of report.records) {
    if (offset_of(run) === undefined || run.fault.domain === "") continue;
    const list = domains.get(run.fault.domain) ?? [];
    list.push(run);
    domains.set(run.fault.domain, list);
  }
  return [...domains].sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([domain, runs]) => domain_figure(domain, runs, side));
}
