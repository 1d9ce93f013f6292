/* Takes in the points that maps will ask for. */
export default function ({ data }) {
  const message = unpack(data);
  pointsEntry(message.header.digest).resolve(decodePoints(message));
}
