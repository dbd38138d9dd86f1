/** Where the page finds its project; served beside it, so that one build serves every deployment. */
import { isFields, textOrNull } from "./fields";

export interface Emulators {
  firestore: string;
  auth: string;
}

export interface Config {
  projectId: string;
  apiKey: string;
  authDomain: string;
  emulators: Emulators | null;
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
  return {
    projectId,
    apiKey,
    authDomain: textOrNull(data.authDomain) ?? `${projectId}.firebaseapp.com`,
    emulators: data.emulators === undefined ? null : toEmulators(data.emulators),
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
