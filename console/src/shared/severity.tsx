/** Severities of findings: their order, colours and counts. */
import Badge from "@cloudscape-design/components/badge";
import SpaceBetween from "@cloudscape-design/components/space-between";

export const SEVERITIES = ["CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL", "UNDEFINED", "UNTRIAGED"] as const;
export type Severity = (typeof SEVERITIES)[number];

const COLOURS = {
  CRITICAL: "severity-critical",
  HIGH: "severity-high",
  MEDIUM: "severity-medium",
  LOW: "severity-low",
  INFORMATIONAL: "severity-neutral",
  UNDEFINED: "severity-neutral",
  UNTRIAGED: "severity-neutral",
} as const;

/** Gravest first; what is not known comes last. */
export function gravity(severity: string | undefined): number {
  const index = SEVERITIES.indexOf(severity as Severity);
  return index < 0 ? SEVERITIES.length : index;
}

export function SeverityBadge({ severity, count }: { severity: string; count?: number }) {
  const text = severity.charAt(0) + severity.slice(1).toLowerCase();
  return <Badge color={COLOURS[severity as Severity] ?? "severity-neutral"}>{count === undefined ? text : `${count} ${text}`}</Badge>;
}

export function SeverityCounts({ counts }: { counts: Partial<Record<string, number>> }) {
  const present = SEVERITIES.filter((severity) => counts[severity]);
  if (present.length === 0) return <>No findings</>;
  return (
    <SpaceBetween direction="horizontal" size="xxs">
      {present.map((severity) => (
        <SeverityBadge key={severity} severity={severity} count={counts[severity] ?? 0} />
      ))}
    </SpaceBetween>
  );
}
