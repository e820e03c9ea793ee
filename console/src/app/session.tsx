/**
 * Who is signed in. Temporary credentials live in this page's memory only; an HttpOnly cookie lets
 * the page ask for new ones after a reload, and no script can read it.
 */
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from "react";

export interface Session {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  expiration: Date;
  account: string;
  arn: string;
  region: string;
  registry: string;
  /** Whether the password must be changed before anything else is done. */
  resetRequired: boolean;
}

export type SignIn =
  | { kind: "password"; account: string; user: string; password: string }
  | { kind: "keys"; accessKeyId: string; secretAccessKey: string };

interface SessionValue {
  session: Session | null;
  loading: boolean;
  signIn: (given: SignIn) => Promise<void>;
  signOut: () => Promise<void>;
  setRegion: (region: string) => void;
}

const SessionContext = createContext<SessionValue | null>(null);
const URL = "/console/session";
const REGION_KEY = "portside.region";
const RENEW_BEFORE_MS = 5 * 60 * 1000;
/** Another site's page cannot send this header, so it cannot use the cookie. */
const HEADERS = { "content-type": "application/json", "x-portside-console": "1" };

async function ask(method: string, body?: SignIn): Promise<Session | null> {
  const answer = await fetch(URL, {
    method,
    headers: HEADERS,
    credentials: "same-origin",
    body: body ? JSON.stringify(body) : null,
  });
  if (answer.status === 401 && method === "GET") return null;
  const document = (await answer.json()) as Record<string, string>;
  if (!answer.ok) throw Object.assign(new Error(document.message), { name: document.code ?? "SignInFailed" });
  return { ...document, expiration: new Date(document.expiration ?? 0) } as unknown as Session;
}

export function SessionProvider({ children }: { children: ReactNode }) {
  const [session, setSession] = useState<Session | null>(null);
  const [loading, setLoading] = useState(true);
  const [region, setRegion] = useState(() => localStorage.getItem(REGION_KEY));

  useEffect(() => {
    ask("GET")
      .then(setSession, () => setSession(null))
      .finally(() => setLoading(false));
  }, []);
  useEffect(() => {
    if (!session) return undefined;
    const wait = Math.max(1000, session.expiration.getTime() - Date.now() - RENEW_BEFORE_MS);
    const timer = setTimeout(() => void ask("GET").then(setSession, () => setSession(null)), Math.min(wait, 2 ** 31 - 1));
    return () => clearTimeout(timer);
  }, [session]);

  const signIn = useCallback(async (given: SignIn) => setSession(await ask("POST", given)), []);
  const signOut = useCallback(async () => {
    setSession(null);
    await fetch(URL, { method: "DELETE", headers: HEADERS, credentials: "same-origin" });
  }, []);
  const value = useMemo(
    () => ({
      session: session && region ? { ...session, region } : session,
      loading,
      signIn,
      signOut,
      setRegion: (chosen: string) => {
        localStorage.setItem(REGION_KEY, chosen);
        setRegion(chosen);
      },
    }),
    [session, loading, region, signIn, signOut],
  );
  return <SessionContext.Provider value={value}>{children}</SessionContext.Provider>;
}

export function useSession(): SessionValue {
  const value = useContext(SessionContext);
  if (!value) throw new Error("useSession needs a SessionProvider");
  return value;
}

/** The session of a page that is only shown to those who are signed in. */
export function useSignedIn(): Session {
  const { session } = useSession();
  if (!session) throw new Error("nobody is signed in");
  return session;
}
