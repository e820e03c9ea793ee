/** Statements of repository policies that are often wanted. */

export interface Statement {
  Sid?: string;
  Effect?: string;
  Principal?: unknown;
  NotPrincipal?: unknown;
  Action?: unknown;
  NotAction?: unknown;
  Condition?: unknown;
}

export const PULL = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];
export const PUSH = ["ecr:BatchCheckLayerAvailability", "ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart"];
export const READ = ["ecr:DescribeImages", "ecr:DescribeRepositories", "ecr:ListImages"];

export const ACTION_SETS = [
  { value: "pull", label: "Pull images", actions: PULL },
  { value: "push", label: "Push images", actions: PUSH },
  { value: "both", label: "Pull and push images", actions: [...new Set([...PULL, ...PUSH])].sort() },
  { value: "read", label: "List and describe images", actions: READ },
  { value: "delete", label: "Delete images", actions: ["ecr:BatchDeleteImage"] },
  { value: "all", label: "Everything", actions: ["ecr:*"] },
];

/** Examples for an account; the other account and the names in them are made up. */
export function examples(account: string): { id: string; text: string; statement: Statement }[] {
  return [
    { id: "pull-account", text: "Another account may pull", statement: { Sid: "PullFromAnotherAccount", Effect: "Allow", Principal: { AWS: "arn:aws:iam::111122223333:root" }, Action: PULL } },
    { id: "push-user", text: "A user may push", statement: { Sid: "PushByUser", Effect: "Allow", Principal: { AWS: `arn:aws:iam::${account}:user/ci` }, Action: PUSH } },
    { id: "pull-role", text: "A role may pull", statement: { Sid: "PullByRole", Effect: "Allow", Principal: { AWS: `arn:aws:iam::${account}:role/deploy` }, Action: PULL } },
    {
      id: "addresses",
      text: "Nobody may pull from outside of a network",
      statement: { Sid: "PullFromInsideOnly", Effect: "Deny", Principal: "*", Action: PULL, Condition: { NotIpAddress: { "aws:SourceIp": ["10.0.0.0/8"] } } },
    },
    { id: "no-delete", text: "Nobody may delete images", statement: { Sid: "KeepImages", Effect: "Deny", Principal: "*", Action: ["ecr:BatchDeleteImage", "ecr:DeleteRepository"] } },
  ];
}

const VERSION = "2012-10-17";

/** The policy's text with one statement more. */
export function withStatement(text: string, statement: Statement): string {
  const document = text.trim() ? (JSON.parse(text) as Record<string, unknown>) : {};
  return JSON.stringify({ ...document, Version: document["Version"] ?? VERSION, Statement: [...statementsOf(document), statement] }, null, 2);
}

export function readStatements(text: string): Statement[] {
  try {
    return statementsOf(JSON.parse(text));
  } catch {
    return [];
  }
}

function statementsOf(document: unknown): Statement[] {
  if (typeof document !== "object" || document === null) return [];
  const found = (document as Record<string, unknown>)["Statement"];
  const list: unknown[] = Array.isArray(found) ? found : found === undefined ? [] : [found];
  return list.filter((one): one is Statement => typeof one === "object" && one !== null);
}
