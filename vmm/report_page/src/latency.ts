// How long a fault goes unnoticed: exits from its injection to its detection, for each mechanism.
import { colour, Drawing } from "./charts";
import { exits_text, number_text, side_titles, sides_of, type Report, type SideName } from "./data";
import { button, choice, element, section } from "./dom";
import { select } from "./selection";

interface Bin {
  from: number;
  to: number;
  label: string;
}

/** 1, 2, 3, 4, then twice as wide each. */
function bins_up_to(largest: number): Bin[] {
  const bins: Bin[] = [1, 2, 3, 4].map((each) => ({ from: each, to: each, label: String(each) }));
  for (let from = 5, width = 4; from <= largest; from += width, width *= 2) {
    const to = from + width - 1;
    bins.push({ from, to, label: `${from}–${to}` });
  }
  return bins;
}

function latencies_of(report: Report, side: SideName): Map<string, number[]> {
  const result = new Map<string, number[]>();
  for (const run of report.records) {
    const own = run[side];
    if (own?.outcome !== "detected") continue;
    const list = result.get(own.mechanism) ?? [];
    list.push(own.latency_exits);
    result.set(own.mechanism, list);
  }
  return new Map([...result].sort(([, one], [, other]) => other.length - one.length));
}

function median(sorted: number[]): number {
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}

function histogram(
  mechanism: string,
  latencies: number[],
  bins: Bin[],
  side: SideName,
): HTMLElement {
  const sorted = [...latencies].sort((one, other) => one - other);
  const longest = sorted.at(-1) ?? 0;
  const drawing = new Drawing<"bar">(
    `Latency until ${mechanism}: median ${median(sorted)}, at most ${exits_text(longest)}`,
    ({ index }) => {
      const bin = bins[index];
      if (!bin) return;
      select({
        title: `detected by ${mechanism} after ${exits_text(bin.label)}, ${side_titles[side]}`,
        keep: (run) => {
          const own = run[side];
          return own?.outcome === "detected" && own.mechanism === mechanism &&
            own.latency_exits >= bin.from && own.latency_exits <= bin.to;
        },
      });
    },
  );
  const counts = bins.map(({ from, to }) =>
    sorted.filter((latency) => latency >= from && latency <= to).length || null
  );
  // After it has its place in the page: a chart asks for the width that it may have.
  queueMicrotask(() =>
    drawing.show(130, () => ({
      type: "bar",
      data: {
        labels: bins.map((bin) => bin.label),
        datasets: [{
          data: counts,
          backgroundColor: colour("detected"),
          minBarLength: 3,
          barPercentage: 1,
          categoryPercentage: 0.9,
        }],
      },
      options: {
        scales: {
          x: { grid: { display: false }, ticks: { maxRotation: 0, autoSkipPadding: 6 } },
          y: { beginAtZero: true, ticks: { precision: 0, maxTicksLimit: 4 } },
        },
        plugins: {
          tooltip: {
            callbacks: {
              title: ([first]) => exits_text(bins[first?.dataIndex ?? 0]?.label ?? ""),
              label: ({ parsed }) => `${number_text(Number(parsed.y))} runs`,
            },
          },
        },
      },
    }))
  );
  return element(
    "figure",
    { class: "small" },
    element(
      "figcaption",
      {},
      element("strong", {}, mechanism),
      element(
        "span",
        {},
        `${number_text(sorted.length)} detected, median ${number_text(median(sorted))}, ` +
          `at most ${exits_text(longest)}`,
      ),
    ),
    drawing.root,
  );
}

function unmeasured_list(
  mechanisms: [string, number[]][],
  side: SideName,
): HTMLElement | null {
  if (mechanisms.length === 0) return null;
  return element(
    "div",
    {},
    element("p", { class: "hint" }, "Without a latency, as it was no fault that detected them:"),
    element(
      "ul",
      { class: "plain" },
      ...mechanisms.map(([mechanism, list]) =>
        element(
          "li",
          {},
          button(`${mechanism} (${number_text(list.length)})`, () =>
            select({
              title: `detected by ${mechanism} without a latency, ${side_titles[side]}`,
              keep: (run) => {
                const own = run[side];
                return own?.outcome === "detected" && own.mechanism === mechanism &&
                  own.latency_exits === 0;
              },
            }), { class: "link" }),
        )
      ),
    ),
  );
}

export function latency(report: Report): HTMLElement {
  const figures = element("div");
  const show = (side: SideName) => {
    const all = latencies_of(report, side);
    const measured = new Map<string, number[]>();
    const unmeasured: [string, number[]][] = [];
    let largest = 0;
    for (const [mechanism, list] of all) {
      const positive = list.filter((each) => each > 0);
      if (positive.length > 0) measured.set(mechanism, positive);
      if (positive.length < list.length) {
        unmeasured.push([mechanism, list.filter((each) => each === 0)]);
      }
      for (const each of positive) largest = Math.max(largest, each);
    }
    const bins = bins_up_to(largest);
    figures.replaceChildren(
      element(
        "div",
        { class: "grid" },
        ...[...measured].map(([mechanism, list]) => histogram(mechanism, list, bins, side)),
      ),
      unmeasured_list(unmeasured, side) ?? "",
    );
  };
  return section(
    "Latency of detection",
    "latency",
    element(
      "p",
      { class: "hint" },
      "Exits of the virtual machine from a fault's activation to its detection, for each mechanism.",
    ),
    element(
      "div",
      { class: "tools" },
      choice("side", sides_of(report).map((side) => [side, side_titles[side]]), show),
    ),
    figures,
  );
}
