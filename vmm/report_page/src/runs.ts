// The list of runs: those of the selection whose text holds what is looked for, a page at a time.
import { number_text, sides_of, type Report, type Run, type SideName } from "./data";
import { details } from "./details";
import { button, element, section } from "./dom";
import { slug_of } from "./outcomes";
import { everything, on_selection, select, type Selection } from "./selection";

const page_length = 25;

const texts = new WeakMap<Run, string>();

/** All that can be found of a run. */
function text_of(run: Run): string {
  let text = texts.get(run);
  if (text === undefined) {
    text = `run ${run.run} ${JSON.stringify(run)}`.toLowerCase();
    texts.set(run, text);
  }
  return text;
}

function outcome_cell(run: Run, side: SideName): HTMLElement {
  const outcome = run[side]?.outcome;
  if (!outcome) return element("td", {}, "");
  return element(
    "td",
    { class: "outcome" },
    element("span", { class: `swatch ${slug_of(outcome)}` }),
    outcome,
  );
}

class RunList {
  readonly root: HTMLElement;
  private readonly title = element("p", { id: "selection", attributes: { "aria-live": "polite" } });
  private readonly body = element("tbody");
  private readonly more = button("", () => this.show_more(), { class: "more" });
  private readonly filter = element("input", {
    id: "filter",
    attributes: { type: "search", placeholder: "function, mechanism, domain, …" },
  });
  private selection: Selection = everything;
  private found: Run[] = [];
  private shown = 0;

  constructor(private readonly report: Report) {
    const sides = sides_of(report);
    this.filter.addEventListener("input", () => this.refresh());
    this.root = section(
      "Runs",
      "runs",
      report.records.length < report.summary.runs
        ? element("p", { class: "hint", id: "cap" }, this.cap_text())
        : null,
      element(
        "div",
        { class: "tools" },
        this.title,
        button("all runs", () => select(everything)),
        element("label", {}, "filter ", this.filter),
      ),
      element(
        "div",
        { class: "wide" },
        element(
          "table",
          { class: "runs" },
          element(
            "thead",
            {},
            element(
              "tr",
              {},
              ...["run", "class", "domain", ...sides, "place and deed"].map((text) =>
                element("th", { attributes: { scope: "col" } }, text)
              ),
            ),
          ),
          this.body,
        ),
      ),
      this.more,
    );
    on_selection((selection) => {
      this.selection = selection;
      this.refresh();
      this.root.scrollIntoView({ behavior: "smooth", block: "start" });
    });
    this.refresh();
    addEventListener("hashchange", () => this.show_linked());
    queueMicrotask(() => this.show_linked());
  }

  /** report.html#run-17 */
  private show_linked(): void {
    const number = Number(/^#run-(\d+)$/.exec(location.hash)?.[1] ?? NaN);
    if (!Number.isFinite(number)) return;
    select({ title: `run ${number}`, keep: ({ run }) => run === number });
    this.body.querySelector("button")?.click();
  }

  private cap_text(): string {
    const { records, summary } = this.report;
    return `Of ${number_text(summary.runs)} runs this page lists ${number_text(records.length)}: ` +
      "first the escapes, then others, evenly chosen. The matrix and the comparison count all " +
      "runs; the list, the latencies and the maps are of those listed. Every run is in runs.jsonl.";
  }

  private refresh(): void {
    const wanted = this.filter.value.trim().toLowerCase();
    this.found = this.report.records.filter((run) =>
      this.selection.keep(run) && (wanted === "" || text_of(run).includes(wanted))
    );
    const { title, count } = this.selection;
    const listed = number_text(this.found.length);
    const is_partial = wanted === "" && count !== undefined && count > this.found.length;
    this.title.replaceChildren(
      element("strong", {}, title),
      `: ${listed}${is_partial ? ` listed of ${number_text(count)}` : ""} ` +
        (this.found.length === 1 ? "run" : "runs"),
    );
    this.body.replaceChildren();
    this.shown = 0;
    this.show_more();
  }

  private show_more(): void {
    const next = this.found.slice(this.shown, this.shown + page_length);
    this.body.append(...next.map((run) => this.line(run)));
    this.shown += next.length;
    const left = this.found.length - this.shown;
    this.more.hidden = left === 0;
    this.more.textContent = left > page_length
      ? `show ${page_length} more of ${number_text(left)}`
      : `show the last ${left}`;
  }

  private line(run: Run): HTMLElement {
    const sides = sides_of(this.report);
    const opener = button(String(run.run), () => undefined, {
      attributes: { "aria-expanded": "false", "aria-label": `run ${run.run}` },
    });
    const line = element(
      "tr",
      { class: "run", attributes: { "data-run": String(run.run) } },
      element("td", { class: "number" }, opener),
      element("td", {}, run.fault.class),
      element("td", {}, run.fault.domain || "the host"),
      ...sides.map((side) => outcome_cell(run, side)),
      element(
        "td",
        { class: "deed" },
        element("span", {}, run.place || run.when),
        element("span", {}, run.protected.deed),
      ),
    );
    line.addEventListener("click", () => {
      const next = line.nextElementSibling;
      const is_open = next?.classList.contains("opened") ?? false;
      opener.setAttribute("aria-expanded", String(!is_open));
      if (is_open) {
        next?.remove();
      } else {
        line.after(element(
          "tr",
          { class: "opened" },
          element("td", { attributes: { colspan: String(4 + sides.length) } }, details(run)),
        ));
      }
    });
    return line;
  }
}

export function runs(report: Report): HTMLElement {
  return new RunList(report).root;
}
