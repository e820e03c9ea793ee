/** Asking for data: shown while it comes, asked again on demand, never out of order. */
import { useCallback, useEffect, useRef, useState } from "react";

import { isExpired } from "./errors";
import { useSession } from "./session";

export interface Query<T> {
  data: T | undefined;
  error: unknown;
  loading: boolean;
  reload: () => void;
}

/** Runs `ask` now, and again whenever a dependency changes or `reload` is called. */
export function useQuery<T>(ask: () => Promise<T>, dependencies: unknown[]): Query<T> {
  const { signOut } = useSession();
  const [state, setState] = useState<{ data?: T; error?: unknown; loading: boolean }>({ loading: true });
  const [turn, setTurn] = useState(0);
  const newest = useRef(0);
  useEffect(() => {
    const own = (newest.current += 1);
    setState((present) => ({ ...present, loading: true }));
    ask().then(
      (data) => own === newest.current && setState({ data, loading: false }),
      (error: unknown) => {
        if (own !== newest.current) return;
        if (isExpired(error)) void signOut();
        setState({ error, loading: false });
      },
    );
    // eslint-disable-next-line -- the caller names what the question depends on
  }, [...dependencies, turn]);
  const reload = useCallback(() => setTurn((present) => present + 1), []);
  return { data: state.data, error: state.error, loading: state.loading, reload };
}

/** Everything that a paged operation gives, up to a bound. */
export async function gather<Page, Item>(
  ask: (token: string | undefined) => Promise<Page>,
  read: (page: Page) => { items: Item[] | undefined; token: string | undefined },
  limit = 10_000,
): Promise<Item[]> {
  const found: Item[] = [];
  let token: string | undefined;
  do {
    const page = read(await ask(token));
    found.push(...(page.items ?? []));
    token = page.token;
  } while (token && found.length < limit);
  return found;
}
