// Where the faults landed: over the code of each domain, and over stacks.
import type { CodeBy } from "./code_bins";
import { code_map } from "./code_map";
import { side_titles, sides_of, type Report, type SideName } from "./data";
import { choice, element, section } from "./dom";
import { legend } from "./legend";
import { stack_map } from "./stack_map";

export function maps(report: Report): HTMLElement {
  const code = element("div");
  const stacks = element("div");
  let side: SideName = "protected";
  let by: CodeBy = "offset";
  const show_code = () => code.replaceChildren(...code_map(report, side, by));
  return section(
    "Where the faults landed",
    "maps",
    element(
      "p",
      { class: "hint" },
      "Point at an offset's bar for the functions there; choose a bar or a point for its runs.",
    ),
    element(
      "div",
      { class: "tools" },
      choice("side", sides_of(report).map((each) => [each, side_titles[each]]), (chosen) => {
        side = chosen;
        show_code();
        stacks.replaceChildren(stack_map(report, side) ?? "");
      }),
      choice<CodeBy>("code", [["offset", "by offset"], ["function", "by function"]], (chosen) => {
        if (by === chosen) return;
        by = chosen;
        show_code();
      }),
      legend(),
    ),
    code,
    stacks,
  );
}
