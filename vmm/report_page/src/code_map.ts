// Where faults landed in the code of a domain, coloured by what came of them.
import { Drawing, outcome_colour } from "./charts";
import { code_bins, type CodeBy } from "./code_bins";
import { number_text, side_titles, type Report, type Run, type SideName } from "./data";
import { element } from "./dom";
import { functions_of, runs_by_domain, type Bin } from "./landings";
import { outcomes, type Outcome } from "./outcomes";
import { select } from "./selection";

function count(bin: Bin, side: SideName, outcome: Outcome): number {
  return bin.runs.filter((run) => run[side]?.outcome === outcome).length;
}

function functions_text(runs: Run[]): string[] {
  const most = 6;
  const functions = functions_of(runs);
  const lines = functions.slice(0, most)
    .map(([name, own]) => `${name} (${number_text(own.length)})`);
  return functions.length > most
    ? [...lines, `and ${functions.length - most} more functions`]
    : lines;
}

function domain_figure(domain: string, runs: Run[], side: SideName, by: CodeBy): HTMLElement {
  const bins = code_bins(domain, runs, by);
  const drawing = new Drawing<"bar">(
    `Faults over the code of ${domain}`,
    ({ index, datasetIndex }) => {
      const bin = bins[index];
      const outcome = outcomes[datasetIndex];
      if (!bin || !outcome) return;
      const own = new Set(bin.runs);
      select({
        title: `${bin.title}: ${outcome} ${side_titles[side]}`,
        keep: (run) => own.has(run) && run[side]?.outcome === outcome,
      });
    },
  );
  const counts_axis = { stacked: true, ticks: { precision: 0, maxTicksLimit: 8 } };
  const bins_axis = {
    stacked: true,
    grid: { display: false },
    ticks: { maxRotation: 0, autoSkip: by === "offset" },
  };
  // After it has its place in the page: a chart asks for the width that it may have.
  queueMicrotask(() =>
    drawing.show(by === "offset" ? 190 : 40 + 19 * bins.length, () => ({
      type: "bar",
      data: {
        labels: bins.map((bin) => bin.label),
        datasets: outcomes.map((outcome) => ({
          label: outcome,
          data: bins.map((bin) => count(bin, side, outcome)),
          backgroundColor: outcome_colour(outcome),
          categoryPercentage: 1,
          barPercentage: by === "offset" ? 0.94 : 0.8,
        })),
      },
      options: {
        indexAxis: by === "offset" ? "x" : "y",
        scales: by === "offset"
          ? { x: bins_axis, y: counts_axis }
          : { x: counts_axis, y: bins_axis },
        plugins: {
          tooltip: {
            callbacks: {
              title: ([first]) => bins[first?.dataIndex ?? 0]?.title ?? "",
              afterBody: ([first]) => {
                const bin = bins[first?.dataIndex ?? 0];
                return bin && by === "offset" ? functions_text(bin.runs) : [];
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

export function code_map(report: Report, side: SideName, by: CodeBy): HTMLElement[] {
  return runs_by_domain(report).map(([domain, runs]) => domain_figure(domain, runs, side, by));
}
