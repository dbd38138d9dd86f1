/** Reads that are tried again until the server is reached. */
import { type Firestore, getDocsFromServer } from "firebase/firestore";
import { toFeedError } from "../errors";
import type { Fields } from "../fields";
import { byIds } from "./queries";

const AGAIN_MS = 3_000;
const MOST_IDS = 30; // of one `in`

export class PatientReads {
  private stopped = false;

  constructor(
    private readonly onUnreachable: () => void,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  stop(): void {
    this.stopped = true;
  }

  /** Null when it is of no use any more. */
  async read<T>(once: () => Promise<T>): Promise<T | null> {
    while (!this.stopped) {
      try {
        return await once();
      } catch (error) {
        if (toFeedError(error).kind !== "connection") {
          this.onFailure(error);
          return null;
        }
        this.onUnreachable();
        await pause(AGAIN_MS);
      }
    }
    return null;
  }

  /** Those that there are. */
  async byIds(db: Firestore, folder: "runs" | "experiments", ids: readonly string[]): Promise<Found[]> {
    const found: Found[] = [];
    for (let first = 0; first < ids.length; first += MOST_IDS) {
      const wanted = byIds(db, folder, ids.slice(first, first + MOST_IDS));
      const snapshot = await this.read(() => getDocsFromServer(wanted));
      for (const doc of snapshot?.docs ?? []) found.push({ id: doc.id, data: doc.data() });
    }
    return found;
  }
}

interface Found {
  id: string;
  data: Fields;
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
