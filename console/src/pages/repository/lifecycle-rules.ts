/** The rules of a lifecycle policy, between their JSON and the form. */

export const COUNT_TYPES = [
  { value: "imageCountMoreThan", label: "Image count more than" },
  { value: "sinceImagePushed", label: "Days since pushed" },
  { value: "sinceImagePulled", label: "Days since last pulled" },
  { value: "sinceImageTransitioned", label: "Days since archived" },
] as const;
export const TAG_STATUSES = [
  { value: "any", label: "Any" },
  { value: "tagged", label: "Tagged" },
  { value: "untagged", label: "Untagged" },
] as const;
export const ACTIONS = [
  { value: "expire", label: "Expire: delete the images" },
  { value: "transition", label: "Archive: move the images to the archive" },
] as const;

/** A rule as the form shows it. */
export interface Rule {
  priority: number;
  description: string;
  tagStatus: string;
  patterns: string[];
  prefixes: string[];
  archived: boolean;
  countType: string;
  count: number;
  action: string;
}

export const NEW_RULE: Rule = { priority: 1, description: "", tagStatus: "untagged", patterns: [], prefixes: [], archived: false, countType: "sinceImagePushed", count: 14, action: "expire" };

type Fields = Record<string, unknown>;
const fields = (value: unknown): Fields => (typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {});
const text = (value: unknown): string => (typeof value === "string" ? value : "");
const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(text).filter(Boolean) : []);
const whole = (value: unknown): number => (typeof value === "number" ? value : 0);

/** The rules of a text, by priority. Raises SyntaxError on what is no JSON. */
export function readRules(policy: string): Rule[] {
  if (!policy.trim()) return [];
  const rules = fields(JSON.parse(policy))["rules"];
  const found = (Array.isArray(rules) ? rules : []).map((one) => {
    const rule = fields(one);
    const selection = fields(rule["selection"]);
    return {
      priority: whole(rule["rulePriority"]),
      description: text(rule["description"]),
      tagStatus: text(selection["tagStatus"]),
      patterns: texts(selection["tagPatternList"]),
      prefixes: texts(selection["tagPrefixList"]),
      archived: selection["storageClass"] === "archive",
      countType: text(selection["countType"]),
      count: whole(selection["countNumber"]),
      action: text(fields(rule["action"])["type"]),
    };
  });
  return found.sort((a, b) => a.priority - b.priority);
}

export function writeRules(rules: Rule[]): string {
  return JSON.stringify({ rules: [...rules].sort((a, b) => a.priority - b.priority).map(writeRule) }, null, 2);
}

function writeRule(rule: Rule) {
  const tagged = rule.tagStatus === "tagged";
  return {
    rulePriority: rule.priority,
    ...(rule.description ? { description: rule.description } : {}),
    selection: {
      tagStatus: rule.tagStatus,
      ...(tagged && rule.patterns.length > 0 ? { tagPatternList: rule.patterns } : {}),
      ...(tagged && rule.prefixes.length > 0 ? { tagPrefixList: rule.prefixes } : {}),
      ...(rule.archived ? { storageClass: "archive" } : {}),
      countType: rule.countType,
      ...(rule.countType === "imageCountMoreThan" ? {} : { countUnit: "days" }),
      countNumber: rule.count,
    },
    action: rule.action === "transition" ? { type: "transition", targetStorageClass: "archive" } : { type: rule.action },
  };
}

export function describeScope(rule: Rule): string {
  const names = [...rule.patterns, ...rule.prefixes.map((prefix) => `${prefix}…`)];
  const scope = rule.tagStatus === "any" ? "All images" : rule.tagStatus === "tagged" ? `Images tagged ${names.join(", ")}` : "Untagged images";
  return rule.archived ? `${scope}, archived` : scope;
}

export function describeCount(rule: Rule): string {
  if (rule.countType === "imageCountMoreThan") return `More than ${rule.count} images`;
  const since = { sinceImagePushed: "pushed", sinceImagePulled: "pulled last", sinceImageTransitioned: "archived" }[rule.countType] ?? rule.countType;
  return `More than ${rule.count} days since ${since}`;
}

export const describeAction = (action: string) => (action === "transition" ? "Archive" : action === "expire" ? "Expire" : action);

export const nextPriority = (rules: Rule[]) => Math.max(0, ...rules.map((rule) => rule.priority)) + 1;
