// Classes by outcomes, the baseline's beside it. A number lists its runs.
import {
  number_text,
  side_titles,
  sides_of,
  type Counts,
  type Report,
  type SideName,
} from "./data";
import { button, element, section } from "./dom";
import { meaning_of, outcomes, slug_of, type Outcome } from "./outcomes";
import { select } from "./selection";

/** No name: of all classes. */
type Row = { name?: string; counts: Record<SideName, Counts | null> };

function title_of(row: Row, side: SideName, outcome: Outcome): string {
  return `${row.name ?? "all classes"}: ${outcome} ${side_titles[side]}`;
}

function cell(row: Row, side: SideName, outcome: Outcome): HTMLElement {
  const count = row.counts[side]?.[outcome] ?? 0;
  const total = outcomes.reduce((sum, each) => sum + (row.counts[side]?.[each] ?? 0), 0);
  const result = element("td", {
    class: `${slug_of(outcome)} ${side}${count === 0 ? " none" : ""}`,
    attributes: { "data-side": side, "data-outcome": outcome },
  });
  if (count === 0) {
    result.append("·");
    return result;
  }
  result.style.setProperty("--share", String(count / total));
  result.append(button(number_text(count), () =>
    select({
      title: title_of(row, side, outcome),
      count,
      keep: (run) =>
        run[side]?.outcome === outcome && (row.name == null || run.fault.class === row.name),
    }), { title: title_of(row, side, outcome) }));
  return result;
}

function line(row: Row, sides: SideName[]): HTMLElement {
  return element(
    "tr",
    { attributes: { "data-class": row.name ?? "" } },
    element("th", { attributes: { scope: "row" } }, row.name ?? "all"),
    ...sides.flatMap((side) => outcomes.map((outcome) => cell(row, side, outcome))),
  );
}

function headings(sides: SideName[]): HTMLElement {
  return element(
    "thead",
    {},
    element(
      "tr",
      {},
      element("td"),
      ...sides.map((side) =>
        element("th", {
          class: side,
          attributes: { scope: "colgroup", colspan: String(outcomes.length) },
        }, side_titles[side])
      ),
    ),
    element(
      "tr",
      {},
      element("th", { attributes: { scope: "col" } }, "class of fault"),
      ...sides.flatMap((side) =>
        outcomes.map((outcome) =>
          element("th", {
            class: `${slug_of(outcome)} ${side}`,
            title: meaning_of(outcome),
            attributes: { scope: "col" },
          }, outcome)
        )
      ),
    ),
  );
}

export function matrix(report: Report): HTMLElement {
  const { summary } = report;
  const sides = sides_of(report);
  const body = element("tbody");
  let group = "";
  for (const { class: name, group: own_group, ...counts } of summary.classes) {
    if (own_group !== group) {
      group = own_group;
      body.append(element(
        "tr",
        { class: "group" },
        element("th", {
          attributes: { scope: "rowgroup", colspan: String(1 + sides.length * outcomes.length) },
        }, `faults of ${group}`),
      ));
    }
    body.append(line({ name, counts }, sides));
  }
  const all = line({ counts: summary }, sides);
  all.className = "all";
  return section(
    "Classes and outcomes",
    "matrix",
    element("p", { class: "hint" }, "Choose a number to list its runs below."),
    element(
      "div",
      { class: "wide" },
      element("table", { class: "matrix" }, headings(sides), body, element("tfoot", {}, all)),
    ),
  );
}
