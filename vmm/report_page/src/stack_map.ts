// Where faults landed in stacks: one column a slot, height the distance from the slot's base.
import { Drawing, outcome_colour } from "./charts";
import { hex, number_text, side_titles, type Report, type Run, type SideName } from "./data";
import { element } from "./dom";
import { outcomes } from "./outcomes";
import { select } from "./selection";

/** Classes whose deed names an address of a stack. */
const classes = new Set([
  "stack bit flip",
  "stack overflow",
  "stack underflow",
  "frame beyond guard",
  "neighbour write",
  "inactive stack write",
  "freed stack write",
]);

interface Landing {
  run: Run;
  address: number;
}

function landings_of(report: Report, side: SideName): Landing[] {
  return report.records.flatMap((run) => {
    if (!classes.has(run.fault.class)) return [];
    const found = / (?:written to|byte at) (0x[0-9a-f]+)/.exec(run[side]?.deed ?? "");
    return found?.[1] ? [{ run, address: Number.parseInt(found[1], 16) }] : [];
  });
}

export function stack_map(report: Report, side: SideName): HTMLElement | null {
  const slot = report.stack_slot;
  const landings = landings_of(report, side);
  if (landings.length === 0) return null;
  const slots = [...new Set(landings.map(({ address }) => Math.floor(address / slot)))]
    .sort((one, other) => one - other);
  const columns = new Map(slots.map((each, i) => [each, i]));
  const sets = outcomes
    .map((outcome) => ({
      outcome,
      landings: landings.filter(({ run }) => run[side]?.outcome === outcome),
    }))
    .filter((set) => set.landings.length > 0);
  const drawing = new Drawing<"scatter">(
    "Faults that wrote to stacks, by the stack's slot and the distance from its base",
    ({ index, datasetIndex }) => {
      const landing = sets[datasetIndex]?.landings[index];
      if (!landing) return;
      select({
        title: `fault at ${hex(landing.address)}, ${side_titles[side]}`,
        keep: (run) => run === landing.run,
      });
    },
  );
  // Side by side within the column, so that they do not hide each other; the same in each drawing.
  const spread = (run: Run) => ((run.run * 0.618034) % 1 - 0.5) * 0.7;
  queueMicrotask(() =>
    drawing.show(320, () => ({
      type: "scatter",
      data: {
        datasets: sets.map((set) => ({
          label: set.outcome,
          data: set.landings.map(({ run, address }) => ({
            x: (columns.get(Math.floor(address / slot)) ?? 0) + spread(run),
            y: (address % slot) / 1024,
          })),
          backgroundColor: outcome_colour(set.outcome),
          pointStyle: set.outcome === "escape" ? "triangle" : "circle",
          radius: set.outcome === "escape" ? 7 : 4,
          hoverRadius: 8,
          clip: false as const,
        })),
      },
      options: {
        interaction: { mode: "nearest", intersect: true },
        scales: {
          x: {
            min: -0.5,
            max: slots.length - 0.5,
            afterBuildTicks: (axis) => {
              axis.ticks = slots.map((_, value) => ({ value }));
            },
            ticks: {
              autoSkip: true,
              maxRotation: 0,
              callback: (value) => hex((slots[Number(value)] ?? 0) * slot),
            },
            title: { display: true, text: "slot of the stack" },
          },
          y: {
            min: 0,
            max: slot / 1024,
            ticks: { stepSize: slot / 1024 / 4 },
            title: { display: true, text: "KiB above its base" },
          },
        },
        plugins: {
          tooltip: {
            callbacks: {
              label: ({ datasetIndex, dataIndex }) => {
                const landing = sets[datasetIndex]?.landings[dataIndex];
                return landing
                  ? `run ${landing.run.run}: ${landing.run.fault.class}, ` +
                    `${landing.run[side]?.deed}: ${landing.run[side]?.outcome}`
                  : "";
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
      element("strong", {}, "stacks"),
      ` ${number_text(landings.length)} faults in ${slots.length} slots; a stack's memory is at ` +
        "the upper end of its slot",
    ),
    drawing.root,
  );
}
