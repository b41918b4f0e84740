/**
 * Members that work without their object: `const { put } = db`, `array.forEach(db.put)`.
 *
 * A method is bound to an object when it is first read from that object, and kept there, not enumerable. So
 * nothing is made for unused members, and reading one twice returns the same function.
 */

type Method = (...args: unknown[]) => unknown

/** Makes the methods of a class, and of its base classes up to `last`, bind themselves to their objects. */
export function bindMethods(kind: { prototype: object }, last: { prototype: object }): void {
  let prototype: object | null = kind.prototype
  while (prototype !== null && prototype !== last.prototype) {
    for (const name of Object.getOwnPropertyNames(prototype)) {
      const method: unknown = Object.getOwnPropertyDescriptor(prototype, name)?.value
      if (name !== 'constructor' && typeof method === 'function') {
        Object.defineProperty(prototype, name, boundOnce(name, method as Method, prototype))
      }
    }
    prototype = Object.getPrototypeOf(prototype) as object | null
  }
}

/** A property that returns the method itself on prototypes, and on objects the method bound to them. */
function boundOnce(name: string, method: Method, home: object): PropertyDescriptor {
  const keep = (object: object, value: unknown, enumerable: boolean) => {
    Object.defineProperty(object, name, { value, enumerable, configurable: true, writable: true })
  }
  return {
    configurable: true,
    enumerable: false,
    get(this: object) {
      if (this === home || Object.hasOwn(this, 'constructor')) return method
      const bound = method.bind(this)
      if (holderOf(this, name) === home) keep(this, bound, false) // else a subclass asks for `super`
      return bound
    },
    set(this: object, value: unknown) {
      keep(this, value, true)
    }
  }
}

/** The prototype from which an object has a member. */
function holderOf(object: object, name: string): object | null {
  let holder: object | null = object
  while (holder !== null && !Object.hasOwn(holder, name)) holder = Object.getPrototypeOf(holder)
  return holder
}
