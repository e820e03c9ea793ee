/** A finding of either kind of scan, flat: what the table sorts by and the filter finds. */
import type { EnhancedImageScanFinding, ImageScanFinding } from "@aws-sdk/client-ecr";

import { gravity } from "../../shared/severity";

export interface Finding {
  id: string;
  name: string;
  severity: string;
  gravity: number;
  package: string;
  version: string;
  fixed: string;
  score: string;
  link: string;
  description: string;
}

/** Only addresses of the web become links: advisories come from outside. */
function webLink(address: string | undefined): string {
  try {
    const url = new URL(address ?? "");
    return ["https:", "http:"].includes(url.protocol) ? url.href : "";
  } catch {
    return "";
  }
}

export function readFinding(finding: ImageScanFinding): Finding {
  const attributes = new Map(finding.attributes?.map((one) => [one.key, one.value ?? ""]));
  const severity = finding.severity ?? "UNDEFINED";
  return {
    id: "",
    name: finding.name ?? "",
    severity,
    gravity: gravity(severity),
    package: attributes.get("package_name") ?? "",
    version: attributes.get("package_version") ?? "",
    fixed: attributes.get("fixed_in_version") ?? "",
    score: attributes.get("CVSS4_SCORE") ?? attributes.get("CVSS3_SCORE") ?? attributes.get("CVSS2_SCORE") ?? "",
    link: webLink(finding.uri),
    description: finding.description ?? "",
  };
}

export function readEnhanced(finding: EnhancedImageScanFinding): Finding {
  const details = finding.packageVulnerabilityDetails;
  const packages = details?.vulnerablePackages ?? [];
  const severity = finding.severity ?? "UNTRIAGED";
  const all = (read: (one: (typeof packages)[number]) => string | undefined) => [...new Set(packages.map(read).filter(Boolean))].join(", ");
  return {
    id: "",
    name: details?.vulnerabilityId ?? finding.title ?? "",
    severity,
    gravity: gravity(severity),
    package: all((one) => one.name),
    version: all((one) => one.version),
    fixed: all((one) => one.fixedInVersion),
    score: finding.score === undefined ? "" : String(finding.score),
    link: webLink(details?.sourceUrl),
    description: finding.description ?? "",
  };
}
