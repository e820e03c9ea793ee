/** Details of one thing beside the list of all: a panel of the frame, which screens fill. */
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import { useLocation } from "react-router-dom";

export interface Details {
  title: string;
  content: ReactNode;
}

interface DetailsValue {
  details: Details | null;
  show: (details: Details | null) => void;
}

const DetailsContext = createContext<DetailsValue>({ details: null, show: () => undefined });

export function DetailsProvider({ children }: { children: ReactNode }) {
  const { pathname, search } = useLocation();
  const [details, show] = useState<Details | null>(null);
  // They belong to the screen that showed them.
  useEffect(() => show(null), [pathname, search]);
  const value = useMemo(() => ({ details, show }), [details]);
  return <DetailsContext.Provider value={value}>{children}</DetailsContext.Provider>;
}

export const useDetails = () => useContext(DetailsContext);
