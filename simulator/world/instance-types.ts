/** How many vCPUs an instance type has. EC2 keeps a list; nearly all of it follows from the size's name. */

const smallSizes: Readonly<Record<string, number>> = { nano: 2, micro: 2, small: 2, medium: 2, large: 2, xlarge: 4 };
const pattern = /^[a-z]+\d[a-z0-9-]*\.(?:(nano|micro|small|medium|large|xlarge)|(\d{1,2})xlarge|(metal))$/;

/** vCPUs of an instance type; undefined for what is none. */
export const vcpusOf = (instanceType: string): number | undefined => {
  const [, small, times, metal] = pattern.exec(instanceType) ?? [];
  if (small !== undefined) return smallSizes[small];
  if (times !== undefined) return 4 * Number(times);
  return metal === undefined ? undefined : 96;
};
