/** A plugin for TypeDoc: shows the type of `@throws {TypeError} …`, which the Markdown theme drops. */

import { Converter } from 'typedoc'

/** Called by TypeDoc. */
export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const { comment } of Object.values(project.reflections)) {
      for (const tag of comment?.blockTags ?? []) showType(tag)
    }
  })
}

function showType(tag) {
  if (tag.typeAnnotation === undefined) return
  const name = tag.typeAnnotation.replace(/[{}]/g, '')
  tag.content.unshift({ kind: 'code', text: `\`${name}\`` }, { kind: 'text', text: ': ' })
}
