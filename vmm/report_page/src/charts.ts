// Chart.js with what the page needs of it, in the page's own colours.
import {
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  LinearScale,
  PointElement,
  ScatterController,
  Tooltip,
  type ActiveElement,
  type ChartConfiguration,
  type ChartType,
} from "chart.js";
import { element } from "./dom";
import { slug_of, type Outcome } from "./outcomes";

Chart.register(
  BarController,
  BarElement,
  CategoryScale,
  LinearScale,
  PointElement,
  ScatterController,
  Tooltip,
);
Chart.defaults.animation = false;
Chart.defaults.maintainAspectRatio = false;
Chart.defaults.font.size = 12;

const dark = matchMedia("(prefers-color-scheme: dark)");

export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

export function outcome_colour(outcome: Outcome): string {
  return colour(slug_of(outcome));
}

function apply_theme(): void {
  Chart.defaults.color = colour("text-soft");
  Chart.defaults.borderColor = colour("line");
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
}

/** What one can see and click: a drawing that is described in words for those who cannot. */
export class Drawing<Type extends ChartType> {
  readonly root: HTMLElement;
  private readonly canvas: HTMLCanvasElement;
  private chart: Chart<Type> | undefined;
  private configure: (() => ChartConfiguration<Type>) | undefined;

  constructor(description: string, private readonly on_click: (at: ActiveElement) => void) {
    this.canvas = element("canvas", { attributes: { role: "img", "aria-label": description } });
    this.root = element("div", { class: "drawing" }, this.canvas);
    dark.addEventListener("change", () => this.draw());
  }

  /** `configure` is asked again when the colours have changed. Height in pixels. */
  show(height: number, configure: () => ChartConfiguration<Type>): void {
    this.root.style.height = `${height}px`;
    this.configure = configure;
    this.draw();
  }

  private draw(): void {
    this.chart?.destroy();
    if (!this.configure) return;
    apply_theme();
    const configuration = this.configure();
    const options = (configuration.options ??= {} as NonNullable<typeof configuration.options>);
    options.onClick = (_event, elements) => {
      if (elements[0]) this.on_click(elements[0]);
    };
    options.onHover = (_event, elements) => {
      this.canvas.style.cursor = elements.length > 0 ? "pointer" : "";
    };
    this.chart = new Chart(this.canvas, configuration);
  }
}
