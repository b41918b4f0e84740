/** Where two processes of the bench are: on this machine's loopback, or in network namespaces. */

/** Both here. */
export const here = { address: '127.0.0.1', server: undefined, client: undefined }
