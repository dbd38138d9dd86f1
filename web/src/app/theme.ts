/** Light, dark, or as the system says; remembered in this browser. */

export const THEMES = ["system", "light", "dark"] as const;
type Theme = (typeof THEMES)[number];

const REMEMBERED = "quicktest.theme";

export function rememberedTheme(): Theme {
  return THEMES.find((theme) => theme === localStorage.getItem(REMEMBERED)) ?? "system";
}

/** Charts that paint on a canvas hear of it by the event `themechange` of the window. */
export function applyTheme(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  localStorage.setItem(REMEMBERED, theme);
  dispatchEvent(new Event("themechange"));
}
