/** What the charts have in common: colours, type, and the picture around them. */

/**
 * Okabe and Ito's colours that stand out on white and on black, for readers who do not tell red from green.
 */
export const COLOURS = [
  '#0072b2',
  '#d55e00',
  '#009e73',
  '#cc79a7',
  '#e69f00',
  '#56b4e9',
  '#8c6bb1',
  '#7f7f7f',
]
const STYLE =
  'text{font:13px system-ui,sans-serif;fill:#333}.title{font-size:15px;font-weight:600}.note{font-size:11px}' +
  '.grid{stroke:#888;stroke-opacity:.25}.axis{stroke:#888}@media(prefers-color-scheme:dark){text{fill:#ddd}}'

export interface Heading {
  title: string
  /** Below the title, smaller. */
  note?: string
}

/** The text of a file; readable on a light and on a dark page. `left`: where the heading begins. */
export function svgPicture(
  { title, note }: Heading,
  width: number,
  height: number,
  left: number,
  body: readonly string[],
): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escapeXml(title)}</title><style>${STYLE}</style>`,
    `<text class="title" x="${left}" y="28">${escapeXml(title)}</text>`,
    ...(note ? [`<text class="note" x="${left}" y="44">${escapeXml(note)}</text>`] : []),
    ...body,
    '</svg>',
    '',
  ].join('\n')
}

export function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
