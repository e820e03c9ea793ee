/** Light or dark: what the user chose, else what the system prefers. */
import { applyMode, Mode } from "@cloudscape-design/global-styles";
import { createContext, type ReactNode, useContext, useEffect, useState } from "react";

const KEY = "portside.mode";

interface ModeValue {
  dark: boolean;
  toggle: () => void;
}

const ModeContext = createContext<ModeValue>({ dark: false, toggle: () => undefined });

export function ModeProvider({ children }: { children: ReactNode }) {
  const [dark, setDark] = useState(() => {
    const chosen = localStorage.getItem(KEY);
    return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  });
  useEffect(() => applyMode(dark ? Mode.Dark : Mode.Light), [dark]);
  const toggle = () => {
    localStorage.setItem(KEY, dark ? "light" : "dark");
    setDark(!dark);
  };
  return <ModeContext.Provider value={{ dark, toggle }}>{children}</ModeContext.Provider>;
}

export const useMode = () => useContext(ModeContext);
