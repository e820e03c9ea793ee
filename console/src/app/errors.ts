/** Errors of the AWS APIs, in words for people, always with the request's id. */

export interface Explained {
  title: string;
  message: string;
  requestId?: string;
}

interface ServiceError {
  name?: string;
  message?: string;
  $metadata?: { requestId?: string; httpStatusCode?: number };
}

const TITLES: Record<string, string> = {
  AccessDenied: "You may not do this",
  AccessDeniedException: "You may not do this",
  ExpiredToken: "Your session has ended",
  ExpiredTokenException: "Your session has ended",
  LimitExceededException: "A limit is reached",
  RepositoryAlreadyExistsException: "The name is taken",
  RepositoryNotEmptyException: "The repository holds images",
};

export function explain(error: unknown): Explained {
  const said = error as ServiceError;
  const name = said.name ?? "Error";
  if (name === "TypeError" || name === "NetworkError") {
    return { title: "The server does not answer", message: "Check that Portside is running and reachable, then try again." };
  }
  return {
    title: TITLES[name] ?? name.replace(/Exception$/, "").replace(/([a-z])([A-Z])/g, "$1 $2"),
    message: said.message ?? String(error),
    requestId: said.$metadata?.requestId,
  };
}

export const isExpired = (error: unknown) =>
  ["ExpiredToken", "ExpiredTokenException"].includes((error as ServiceError).name ?? "");

export const isNamed = (error: unknown, ...names: string[]) => names.includes((error as ServiceError).name ?? "");
