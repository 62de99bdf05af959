// With protection beside without: what became of the same faults.
import { Drawing, outcome_colour } from "./charts";
import {
  number_text,
  side_titles,
  sides_of,
  type ClassCounts,
  type Counts,
  type Report,
  type Run,
  type SideName,
} from "./data";
import { choice, element, section } from "./dom";
import { legend } from "./legend";
import { outcomes } from "./outcomes";
import { select } from "./selection";

type By = "all" | "group" | "class";

interface Bar {
  label: string;
  side: SideName;
  counts: Counts;
  keep: (run: Run) => boolean;
}

function key_of(by: By, of: { class: string; group: string }): string {
  return by === "all" ? "all faults" : by === "group" ? `faults of ${of.group}` : of.class;
}

function sum_of(classes: ClassCounts[], side: SideName): Counts {
  const sum = Object.fromEntries(outcomes.map((outcome) => [outcome, 0])) as Counts;
  for (const each of classes) {
    for (const outcome of outcomes) sum[outcome] += each[side]?.[outcome] ?? 0;
  }
  return sum;
}

function bars_of(report: Report, by: By): Bar[] {
  const keys = [...new Set(report.summary.classes.map((each) => key_of(by, each)))];
  return keys.flatMap((key) => {
    const classes = report.summary.classes.filter((each) => key_of(by, each) === key);
    return sides_of(report).map((side) => ({
      label: side === "protected" ? key : "without",
      side,
      counts: sum_of(classes, side),
      keep: (run: Run) => key_of(by, run.fault) === key,
    }));
  });
}

export function comparison(report: Report): HTMLElement {
  let bars: Bar[] = [];
  const drawing = new Drawing<"bar">(
    "Outcomes with protection and without as stacked bars; the numbers are those of the matrix",
    ({ index, datasetIndex }) => {
      const bar = bars[index];
      const outcome = outcomes[datasetIndex];
      if (!bar || !outcome) return;
      const name = bar.side === "protected" ? bar.label : bars[index - 1]?.label;
      select({
        title: `${name}: ${outcome} ${side_titles[bar.side]}`,
        count: bar.counts[outcome],
        keep: (run) => bar.keep(run) && run[bar.side]?.outcome === outcome,
      });
    },
  );
  const show = (by: By) => {
    bars = bars_of(report, by);
    const bar_height = by === "class" ? 17 : 30;
    drawing.show(50 + bars.length * bar_height, () => ({
      type: "bar",
      data: {
        labels: bars.map((bar) => bar.label),
        datasets: outcomes.map((outcome) => ({
          label: outcome,
          data: bars.map((bar) => bar.counts[outcome]),
          backgroundColor: outcome_colour(outcome),
          stack: "outcomes",
          categoryPercentage: 0.92,
          barPercentage: 0.92,
        })),
      },
      options: {
        indexAxis: "y",
        scales: {
          x: { stacked: true, title: { display: true, text: "runs" }, ticks: { precision: 0 } },
          y: { stacked: true, grid: { display: false }, ticks: { autoSkip: false } },
        },
        plugins: {
          tooltip: {
            callbacks: {
              title: ([first]) => {
                const bar = bars[first?.dataIndex ?? 0];
                return bar ? side_titles[bar.side] : "";
              },
              label: ({ dataset, parsed }) =>
                ` ${dataset.label}: ${number_text(Number(parsed.x))}`,
            },
          },
        },
      },
    }));
  };
  const values: [By, string][] = [["group", "by group"], ["class", "by class"], ["all", "all"]];
  return section(
    sides_of(report).length > 1 ? "With protection and without" : "Outcomes",
    "comparison",
    element("div", { class: "tools" }, choice("bars", values, show), legend()),
    drawing.root,
  );
}
