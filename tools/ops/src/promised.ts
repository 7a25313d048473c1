/** One look at one promise: how many things were looked at, and what is broken, by the name of the thing. */
export interface Look {
  counted: number;
  broken: Map<string, string>;
}

export interface Promised {
  /** The promise in words. */
  name: string;
  look(): Promise<Look>;
}
