// Times as they are told.

export const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
export const length = (seconds) => (Math.round(seconds) === 1 ? "1 second" : `${Math.round(seconds)} seconds`);
