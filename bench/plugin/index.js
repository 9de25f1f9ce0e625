/** Has the form that definePlugin returns. It cannot import definePlugin, because the package need not be installed. */
export default {
  name: "bench",
  contract: 1,
  tasks: [
    {
      name: "stamp",
      summary: "Puts a number in four bytes before its input",
      inputs: { fixed: [{ dataType: "blob" }] },
      outputs: { fixed: [{ dataType: "blob" }] },
      config: { "~standard": { version: 1, vendor: "bench", validate: (value) => ({ value }) } },
      run({ config, inputs: [{ memory }] }) {
        const bytes = new Uint8Array(4 + memory.length);
        new DataView(bytes.buffer).setUint32(0, config);
        bytes.set(memory, 4);
        return [bytes];
      },
    },
  ],
};
