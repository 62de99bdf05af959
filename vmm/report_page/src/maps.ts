// Where the faults landed: over the code of each domain, and over stacks.
import { code_map } from "./code_map";
import { side_titles, sides_of, type Report, type SideName } from "./data";
import { choice, element, section } from "./dom";
import { legend } from "./legend";
import { stack_map } from "./stack_map";

export function maps(report: Report): HTMLElement {
  const figures = element("div");
  const show = (side: SideName) => {
    const stacks = stack_map(report, side);
    figures.replaceChildren(...code_map(report, side), ...(stacks ? [stacks] : []));
  };
  return section(
    "Where the faults landed",
    "maps",
    element(
      "p",
      { class: "hint" },
      "Offsets in the domain's program. Point at a bar for its functions, choose it for its runs.",
    ),
    element(
      "div",
      { class: "tools" },
      choice("side", sides_of(report).map((side) => [side, side_titles[side]]), show),
      legend(),
    ),
    figures,
  );
}
