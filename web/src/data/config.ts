/** Where the page finds its project; served beside it, so that one build serves every deployment. */
import { ROLES, type Role } from "../model/common/roles";
import { isFields, listOf, textOrNull } from "./fields";

interface Emulators {
  firestore: string;
  auth: string;
}

/** Of the one-machine stack, where a password keeps nobody out. */
export interface Account {
  role: Role;
  email: string;
  password: string;
}

export interface Config {
  projectId: string;
  apiKey: string;
  authDomain: string;
  emulators: Emulators | null;
  /** Those that the browser may be without being asked: none but on the one-machine stack. */
  accounts: Account[];
  mlflow: string | null;
}

export class ConfigError extends Error {}

export async function loadConfig(fetcher: typeof fetch = fetch): Promise<Config> {
  const response = await fetcher("/config.json", { cache: "no-store" });
  if (!response.ok) throw new ConfigError(`/config.json answered ${response.status}. Deploy it beside the page.`);
  return toConfig(await response.json());
}

export function toConfig(data: unknown): Config {
  const projectId = isFields(data) ? textOrNull(data.projectId) : null;
  const apiKey = isFields(data) ? textOrNull(data.apiKey) : null;
  if (!isFields(data) || projectId === null || apiKey === null) {
    throw new ConfigError("/config.json must hold projectId and apiKey. Add what is missing.");
  }
  const emulators = data.emulators === undefined ? null : toEmulators(data.emulators);
  return {
    projectId,
    apiKey,
    authDomain: textOrNull(data.authDomain) ?? `${projectId}.firebaseapp.com`,
    emulators,
    accounts: emulators === null ? [] : toAccounts(data.accounts),
    mlflow: textOrNull(data.mlflow),
  };
}

function toEmulators(data: unknown): Emulators {
  const firestore = isFields(data) ? textOrNull(data.firestore) : null;
  const auth = isFields(data) ? textOrNull(data.auth) : null;
  if (firestore === null || auth === null) {
    throw new ConfigError('/config.json: emulators must hold firestore and auth, each as "host:port".');
  }
  return { firestore, auth };
}

function toAccounts(data: unknown): Account[] {
  const accounts = listOf(data, ({ role, email, password }) => ({
    role: ROLES.find((known) => known === role),
    email: textOrNull(email),
    password: textOrNull(password),
  })).filter((account): account is Account => !Object.values(account).some((value) => value == null));
  if (accounts.length === 0) {
    throw new ConfigError("/config.json: with emulators, accounts must hold role, email and password of each account.");
  }
  return accounts;
}
