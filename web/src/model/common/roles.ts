/** What people may do here (custom claim `role`): hides what firestore.rules would refuse. The rules decide. */

export const ROLES = ["viewer", "editor", "admin"] as const;
export type Role = (typeof ROLES)[number];

/** Who looks at the page. */
export interface User {
  uid: string;
  role: Role;
}

/** Write configs and experiments, cancel any experiment. */
export function mayEdit(role: Role): boolean {
  return role !== "viewer";
}

/** Editors delete what is their own, administrators anything; `owner` null: nobody knows. */
export function mayDelete(role: Role, uid: string, owner: string | null): boolean {
  return role === "admin" || (role === "editor" && uid === owner);
}
