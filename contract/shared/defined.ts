/** `T` where a property that may be undefined is one that may be absent. */
export type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/**
 * `properties` without those that are undefined: an absent property and an undefined one are different things under
 * `exactOptionalPropertyTypes`, in `{ ...defaults, ...given }` and on the wire. Null, `''`, 0 and false stay.
 */
export const defined = <const T extends object>(properties: T): Defined<T> =>
  Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined)) as Defined<T>;
