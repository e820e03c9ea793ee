/** How somebody likes a table: kept in this browser over reloads. Nothing in it is secret. */
import type { CollectionPreferencesProps } from "@cloudscape-design/components/collection-preferences";
import { useState } from "react";

type Preferences = CollectionPreferencesProps.Preferences;

const PREFIX = "portside.table.";
const PAGE_SIZES = [10, 25, 50, 100];

/** What was kept, as far as it still fits: columns come and go with versions. */
function read(key: string, defaults: Preferences): Preferences {
  try {
    const kept = JSON.parse(localStorage.getItem(key) ?? "{}") as Preferences;
    const known = defaults.contentDisplay ?? [];
    const placed = (kept.contentDisplay ?? []).filter((one) => known.some(({ id }) => id === one.id));
    const added = known.filter(({ id }) => !placed.some((one) => one.id === id));
    const pageSize = PAGE_SIZES.includes(kept.pageSize ?? 0) ? kept.pageSize : defaults.pageSize;
    return { ...defaults, pageSize, contentDisplay: [...placed, ...added] };
  } catch {
    return defaults;
  }
}

/** `table` tells tables apart; its columns, by `defaults`, are part of that. */
export function usePreferences(table: string, defaults: Preferences): [Preferences, (chosen: Preferences) => void] {
  const key = `${PREFIX}${table}/${(defaults.contentDisplay ?? []).map(({ id }) => id).join(",")}`;
  const [preferences, setPreferences] = useState(() => read(key, defaults));
  const keep = (chosen: Preferences) => {
    setPreferences(chosen);
    try {
      localStorage.setItem(key, JSON.stringify({ pageSize: chosen.pageSize, contentDisplay: chosen.contentDisplay }));
    } catch {
      // No room, or none allowed: it then holds until the page goes.
    }
  };
  return [preferences, keep];
}
