/** Messages about what was done or could not be: one list at the top of every page. */
import type { FlashbarProps } from "@cloudscape-design/components/flashbar";
import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from "react";

import { explain } from "./errors";

interface Notices {
  items: FlashbarProps.MessageDefinition[];
  succeed: (message: string) => void;
  fail: (error: unknown) => void;
}

const NoticesContext = createContext<Notices | null>(null);
let counter = 0;

export function NoticesProvider({ children }: { children: ReactNode }) {
  const [items, setItems] = useState<FlashbarProps.MessageDefinition[]>([]);
  const add = useCallback((item: FlashbarProps.MessageDefinition) => {
    const id = String((counter += 1));
    const dismiss = () => setItems((present) => present.filter((one) => one.id !== id));
    setItems((present) => [...present.slice(-4), { ...item, id, dismissible: true, dismissLabel: "Dismiss", onDismiss: dismiss }]);
  }, []);
  const value = useMemo(
    () => ({
      items,
      succeed: (message: string) => add({ type: "success", content: message }),
      fail: (error: unknown) => {
        const said = explain(error);
        const content = said.requestId ? `${said.message} (request ${said.requestId})` : said.message;
        add({ type: "error", header: said.title, content });
      },
    }),
    [items, add],
  );
  return <NoticesContext.Provider value={value}>{children}</NoticesContext.Provider>;
}

export function useNotices(): Notices {
  const value = useContext(NoticesContext);
  if (!value) throw new Error("useNotices needs a NoticesProvider");
  return value;
}
