/** The AWS SDK's clients, for this server and whoever is signed in: the only way to any data. */
import { ECRClient } from "@aws-sdk/client-ecr";
import { IAMClient } from "@aws-sdk/client-iam";
import { useMemo } from "react";

import { useSignedIn } from "./session";

/** What each client is made with; clients that few screens need are made where those are. */
export function useClientOptions() {
  const { accessKeyId, secretAccessKey, sessionToken, region } = useSignedIn();
  return useMemo(
    () => ({
      endpoint: location.origin,
      region,
      credentials: { accessKeyId, secretAccessKey, sessionToken },
      maxAttempts: 2,
    }),
    [accessKeyId, secretAccessKey, sessionToken, region],
  );
}

export function useClients() {
  const options = useClientOptions();
  return useMemo(() => ({ ecr: new ECRClient(options), iam: new IAMClient(options) }), [options]);
}
