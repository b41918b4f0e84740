/**
 * The entry `histo-revisions/page`: a page for browsers that shows the history of a database.
 *
 * @packageDocumentation
 */

export type {
  Listener,
  ListenerRequest,
  ListenerResponse
} from './http/server/listener.js'
export { createPageListener } from './page/listener.js'
export type { PageBranches, PageOptions } from './page/options.js'
export { createPage, type PageHandler } from './page/page.js'
