export const isBelow = (number: number, count: number) =>
  Number.isInteger(number) && number >= 0 && number < count;
