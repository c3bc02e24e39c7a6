import { childAt, MalformedXmlError, membersAt, parseXml, textAt } from '../../../functions/ec2/xml.ts';

describe('parseXml', () => {
  it('reads elements, lists and text', () => {
    const root = parseXml(
      '<?xml version="1.0" encoding="UTF-8"?>\n<Answer xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">\n' +
        '  <requestId>r-1</requestId>\n  <set>\n    <item><id>a</id></item>\n    <item><id> b </id><empty/></item>\n  </set>\n</Answer>\n',
    );

    expect(root.name).toBe('Answer');
    expect(textAt(root, 'requestId')).toBe('r-1');
    expect(membersAt(root, 'set').map((item) => textAt(item, 'id'))).toEqual(['a', 'b']);
    expect(childAt(root, 'set', 'item', 'id')?.text).toBe('a');
  });

  it('tells what is not there from what is empty, and both from text', () => {
    const root = parseXml('<a><empty/><open></open><blank> \n</blank><zero>0</zero></a>');

    expect(childAt(root, 'none')).toBeUndefined();
    expect(membersAt(root, 'none')).toEqual([]);
    expect(membersAt(root, 'empty')).toEqual([]);
    expect(['none', 'empty', 'open', 'blank', 'zero'].map((name) => textAt(root, name))).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      '0',
    ]);
  });

  it('decodes entities and characters by number, and leaves what it does not know', () => {
    const root = parseXml('<a>&lt;b&gt; &amp;amp; &quot;&apos; &#233;&#x1F600; &constructor; &#x110000;</a>');

    expect(root.text).toBe('<b> &amp; "\' é😀 &constructor; &#x110000;');
  });

  it('takes CDATA as it is and skips comments, attributes and processing instructions', () => {
    const root = parseXml('<a x="1 > 0" y=\'/\'><!-- <b> --><![CDATA[<b>&amp;</b>]]><?page break?><c z="" /></a>');

    expect(root).toEqual({ name: 'a', text: '<b>&amp;</b>', children: [{ name: 'c', text: '', children: [] }] });
  });

  it.each([
    ['nothing', ''],
    ['text alone', 'Service Unavailable'],
    ['JSON', '{"message":"no"}'],
    ['an element that is not closed', '<a><b></b>'],
    ['elements that overlap', '<a><b></a></b>'],
    ['an end without a beginning', '</a>'],
    ['two roots', '<a/><b/>'],
    ['a bare bracket in the text', '<a>1 < 2</a>'],
    ['an HTML page', '<!DOCTYPE html><html><body><p>Bad gateway<br></body></html>'],
    ['an attribute without a value', '<a b></a>'],
  ])('refuses %s', (_, xml) => {
    expect(() => parseXml(xml)).toThrow(MalformedXmlError);
  });

  it('reads a long answer fast', () => {
    const item = '<item><launchTemplateId>lt-0123456789abcdef0</launchTemplateId><data><x>1</x><y/></data></item>';
    const root = parseXml(`<Answer><set>${item.repeat(20_000)}</set></Answer>`);

    expect(membersAt(root, 'set')).toHaveLength(20_000);
  });
});
