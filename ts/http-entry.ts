/**
 * The entry `histo-revisions/http`: databases over HTTP, both ends.
 *
 * @packageDocumentation
 */

export { connect, type RemoteDatabase } from './http/client/remote-database.js'
export type {
  AcceptQuestion,
  Action,
  AuthorizeQuestion,
  ConnectOptions,
  Fetch,
  Grant,
  HandlerOptions,
  HeadersSource,
  Redirects,
  ServedBranches
} from './http/options.js'
export type { HeadsPolicy } from './http/protocol.js'
export { createHandler, type Handler } from './http/server/handler.js'
export {
  createListener,
  type Listener,
  type ListenerRequest,
  type ListenerResponse
} from './http/server/listener.js'
