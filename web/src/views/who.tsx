import { ROLES, type Role } from "../model/common/roles";

interface WhoProps {
  name: string;
  role: Role | null;
  onLeave: () => void;
}

/** Who is signed in, in the head of the page. */
export function WhoView({ name, role, onLeave }: WhoProps) {
  return (
    <>
      {role !== null && <span class="faint">{role}</span>}
      <button type="button" onClick={onLeave}>
        Sign out {name}
      </button>
    </>
  );
}

interface RoleMenuProps {
  role: Role;
  problem: string | null;
  onRole: (role: Role) => void;
}

/** The accounts of the one-machine stack, so that one person sees what each role sees. */
export function RoleMenu({ role, problem, onRole }: RoleMenuProps) {
  return (
    <>
      {problem !== null && (
        <span class="error-text" role="alert">
          {problem}
        </span>
      )}
      <label class="role">
        <span class="faint">Role</span>{" "}
        <select value={role} onChange={(event) => onRole(event.currentTarget.value as Role)}>
          {ROLES.map((choice) => (
            <option key={choice} value={choice}>
              {choice}
            </option>
          ))}
        </select>
      </label>
    </>
  );
}

interface NoRoleProps {
  name: string;
  problem: string | null;
  onRenew: () => void;
}

/** Signed in, and not one of the project's people yet. */
export function NoRoleView({ name, problem, onRenew }: NoRoleProps) {
  return (
    <div class="notice notice-empty">
      <h1 tabIndex={-1}>No role yet</h1>
      <p>
        {name || "This account"} has no role in this project, so nothing can be shown: ask an administrator of the
        project to run <code>quicktest grant {name.includes("@") ? name : "EMAIL"} viewer</code> (or editor, or admin).
      </p>
      {problem !== null && (
        <p class="error-text" role="alert">
          {problem}
        </p>
      )}
      <button type="button" onClick={onRenew}>
        I have a role now
      </button>
    </div>
  );
}
