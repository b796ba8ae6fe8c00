/** Secrets of a process of many organizations: those of the settings in force, of earlier ones, and of what is open. */

/** See the head of this file. */
export interface Secrets {
  all(): readonly string[];
  /** Adds some, as they are at any time. @returns what takes them out again */
  add(of: () => readonly string[]): () => void;
  /** Keeps those that there are, whatever becomes of the settings: a line of the log may come late. */
  keep(): void;
}

/** None yet. */
export function openSecrets(): Secrets {
  const kept = new Set<string>();
  const known = new Set<() => readonly string[]>();
  const all = (): readonly string[] => [...new Set([...kept, ...[...known].flatMap((of) => of())])];
  return {
    all,
    add(of) {
      known.add(of);
      return () => {
        for (const secret of of()) kept.add(secret);
        known.delete(of);
      };
    },
    keep() {
      for (const secret of all()) kept.add(secret);
    },
  };
}
