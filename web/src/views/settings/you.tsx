import { ROLES, type Role, type User } from "../../model/common/roles";

const MAY: Record<Role, string> = {
  viewer: "Reads experiments, configs and dashboards, and keeps comparisons of them.",
  editor: "Also writes configs and experiments, cancels any experiment and deletes their own.",
  admin:
    "Also deletes any experiment, writes model endpoints, rebuilds read models, and sees spending and dead letters.",
};

/** Who is signed in, and what the role may do. */
export function YouView({ user, local }: { user: User; local: boolean }) {
  return (
    <>
      <p>
        Signed in as <code>{user.uid}</code> with the role <strong>{user.role}</strong>.
      </p>
      <dl class="set-roles">
        {ROLES.map((role) => (
          <div key={role} class={role === user.role ? "set-own" : undefined}>
            <dt>
              {role}
              {role === user.role && <span class="badge set-badge">yours</span>}
            </dt>
            <dd>{MAY[role]}</dd>
          </div>
        ))}
      </dl>
      <p class="faint">
        {local ? (
          "On this machine you can take any of these roles, at the top of the page."
        ) : (
          <>
            Administrators of the project give roles: <code>quicktest grant EMAIL editor</code>.
          </>
        )}
      </p>
    </>
  );
}

interface ThemeProps {
  themes: readonly string[];
  theme: string;
  onChoose: (theme: string) => void;
}

const THEMES: Record<string, string> = { system: "As the system says", light: "Light", dark: "Dark" };

/** Light or dark; remembered in this browser. */
export function ThemeView({ themes, theme, onChoose }: ThemeProps) {
  return (
    <fieldset class="set-themes">
      <legend>Colours, remembered in this browser</legend>
      {themes.map((each) => (
        <label key={each}>
          <input type="radio" name="theme" value={each} checked={each === theme} onChange={() => onChoose(each)} />{" "}
          {THEMES[each] ?? each}
        </label>
      ))}
    </fieldset>
  );
}
