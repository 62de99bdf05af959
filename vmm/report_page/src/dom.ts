// Elements. Text goes in as text: nothing here takes markup.
export type Child = Node | string | null | undefined;

interface Properties {
  class?: string;
  id?: string;
  title?: string;
  on_click?: (event: MouseEvent) => void;
  attributes?: Record<string, string>;
}

export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  properties: Properties = {},
  ...children: Child[]
): HTMLElementTagNameMap[Name] {
  const result = document.createElement(name);
  if (properties.class) result.className = properties.class;
  if (properties.id) result.id = properties.id;
  if (properties.title) result.title = properties.title;
  if (properties.on_click) result.addEventListener("click", properties.on_click as EventListener);
  for (const [key, value] of Object.entries(properties.attributes ?? {})) {
    result.setAttribute(key, value);
  }
  result.append(...children.filter((child): child is Node | string => child != null));
  return result;
}

export function button(
  text: string,
  on_click: () => void,
  properties: Properties = {},
): HTMLButtonElement {
  return element("button", {
    ...properties,
    on_click,
    attributes: { type: "button", ...properties.attributes },
  }, text);
}

/** One of several, as pressed buttons. `choose` is called for the first one at once. */
export function choice<Value extends string>(
  label: string,
  values: [Value, string][],
  choose: (value: Value) => void,
): HTMLElement {
  const buttons = values.map(([value, text]) => button(text, () => press(value)));
  function press(value: Value): void {
    values.forEach(([each], i) => buttons[i]?.setAttribute("aria-pressed", String(each === value)));
    choose(value);
  }
  const result = element(
    "div",
    { class: "choice", attributes: { role: "group", "aria-label": label } },
    ...buttons,
  );
  queueMicrotask(() => values[0] && press(values[0][0]));
  return result;
}

export function section(title: string, id: string, ...children: Child[]): HTMLElement {
  return element(
    "section",
    { id, attributes: { "aria-labelledby": `${id}-title` } },
    element("h2", { id: `${id}-title` }, title),
    ...children,
  );
}
