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

/** A pair of bars, or one where there is no baseline. */
interface Category {
  name: string;
  counts: Partial<Record<SideName, Counts>>;
  keep: (run: Run) => boolean;
}

function name_of(by: By, of: { class: string; group: string }): string {
  return by === "all" ? "all faults" : by === "group" ? `faults of ${of.group}` : of.class;
}

function sum_of(classes: ClassCounts[], side: SideName): Counts {
  const sum = Object.fromEntries(outcomes.map((outcome) => [outcome, 0])) as Counts;
  for (const each of classes) {
    for (const outcome of outcomes) sum[outcome] += each[side]?.[outcome] ?? 0;
  }
  return sum;
}

function categories_of(report: Report, by: By): Category[] {
  const names = [...new Set(report.summary.classes.map((each) => name_of(by, each)))];
  return names.map((name) => {
    const classes = report.summary.classes.filter((each) => name_of(by, each) === name);
    const sums = sides_of(report).map((side) => [side, sum_of(classes, side)]);
    return {
      name,
      counts: Object.fromEntries(sums),
      keep: (run: Run) => name_of(by, run.fault) === name,
    };
  });
}

export function comparison(report: Report): HTMLElement {
  let categories: Category[] = [];
  const sides = sides_of(report);
  const sets = sides.flatMap((side) => outcomes.map((outcome) => ({ side, outcome })));
  const drawing = new Drawing<"bar">(
    "Outcomes with protection and without as stacked bars; the numbers are those of the matrix",
    ({ index, datasetIndex }) => {
      const category = categories[index];
      const set = sets[datasetIndex];
      if (!category || !set) return;
      const { side, outcome } = set;
      select({
        title: `${category.name}: ${outcome} ${side_titles[side]}`,
        count: category.counts[side]?.[outcome],
        keep: (run) => category.keep(run) && run[side]?.outcome === outcome,
      });
    },
  );
  const show = (by: By) => {
    categories = categories_of(report, by);
    const height = (by === "class" ? 15 : 28) * sides.length + 8;
    drawing.show(50 + categories.length * height, () => ({
      type: "bar",
      data: {
        labels: categories.map(({ name }) => name),
        datasets: sets.map(({ side, outcome }) => ({
          label: `${outcome} ${side_titles[side]}`,
          data: categories.map(({ counts }) => counts[side]?.[outcome] ?? 0),
          backgroundColor: outcome_colour(outcome),
          stack: side,
          categoryPercentage: 0.8,
          barPercentage: 0.88,
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
              label: ({ dataset, parsed }) =>
                ` ${dataset.label}: ${number_text(Number(parsed.x))}`,
            },
          },
        },
      },
    }));
  };
  const values: [By, string][] = [["group", "by group"], ["class", "by class"], ["all", "all"]];
  const has_baseline = sides.length > 1;
  return section(
    has_baseline ? "With protection and without" : "Outcomes",
    "comparison",
    has_baseline
      ? element(
        "p",
        { class: "hint" },
        "What became of the same faults: the upper bar of a pair is with protection, the lower one " +
          "without.",
      )
      : null,
    element("div", { class: "tools" }, choice("bars", values, show), legend()),
    drawing.root,
  );
}
