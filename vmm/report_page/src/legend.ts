// What the colours mean, for tables and charts alike.
import { element } from "./dom";
import { meaning_of, outcomes, slug_of } from "./outcomes";

export function legend(): HTMLElement {
  return element(
    "ul",
    { class: "legend" },
    ...outcomes.map((outcome) =>
      element(
        "li",
        { title: meaning_of(outcome) },
        element("span", { class: `swatch ${slug_of(outcome)}` }),
        outcome,
      )
    ),
  );
}
