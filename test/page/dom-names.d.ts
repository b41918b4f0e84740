/** Names of browsers' types that the declarations of playwright-core mention: the tests run without those types. */

type Node = object
type HTMLElement = object
type SVGElement = object
type HTMLElementTagNameMap = Record<string, object>
