/* Checks certificates in a browser: the design of check_certificate.py, written again, with whole numbers of any size.
   It asks nothing of the network. The sections are those of that page, which says what each is about. */
const certificates = (() => {
  const LONGEST = 6000, DEEPEST = 200, MOST_NODES = 3000, HIGHEST = 64, MOST_BITS = 4096, MOST_TERMS = 8;
  const MOST_WORK = 6000000;
  const LARGEST = 1n << BigInt(2 * MOST_BITS);
  class Refused extends Error {}
  class Unknown extends Refused {}
  const refuse = words => { throw new Refused(words); };
  const unknown = words => { throw new Unknown(words); };
  let left = MOST_WORK;
  const spend = amount => { if ((left -= amount) < 0) refuse("it takes more work than is allowed"); };

  // ---- whole numbers and fractions
  const abs = a => (a < 0n ? -a : a);
  const least = (...all) => all.reduce((a, b) => (a < b ? a : b));
  const most = (...all) => all.reduce((a, b) => (a > b ? a : b));
  const floor = (a, b) => { const q = a / b; return a % b !== 0n && (a < 0n) !== (b < 0n) ? q - 1n : q; };
  const ceil = (a, b) => -floor(-a, b);
  const gcd = (a, b) => { a = abs(a); b = abs(b); while (b) [a, b] = [b, a % b]; return a; };
  const bits = a => (a === 0n ? 0 : abs(a).toString(2).length);
  const isqrt = a => {
    if (a < 2n) return a;
    let x = 1n << BigInt((bits(a) + 1) >> 1);
    for (;;) { const y = (x + a / x) >> 1n; if (y >= x) return x; x = y; }
  };
  class Q {
    constructor(n, d = 1n) {
      if (d < 0n) [n, d] = [-n, -d];
      const g = d === 1n ? 1n : gcd(n, d);
      this.n = n / g; this.d = d / g;
    }
    plus(o) { return new Q(this.n * o.d + o.n * this.d, this.d * o.d); }
    times(o) { return new Q(this.n * o.n, this.d * o.d); }
    minus(o) { return this.plus(new Q(-o.n, o.d)); }
    over(o) { if (!o.n) unknown("a division by 0"); return new Q(this.n * o.d, this.d * o.n); }
    cmp(o) { const x = this.n * o.d, y = o.n * this.d; return x < y ? -1 : x > y ? 1 : 0; }
    is(k) { return this.d === 1n && this.n === BigInt(k); }
    get whole() { return this.d === 1n; }
    get floor() { return floor(this.n, this.d); }
    get abs() { return new Q(abs(this.n), this.d); }
    toString() { return this.d === 1n ? `${this.n}` : `${this.n}/${this.d}`; }
  }
  const q = (n, d = 1) => new Q(BigInt(n), BigInt(d));
  const power = (x, k) => (k >= 0n ? new Q(x.n ** k, x.d ** k) : new Q(x.d ** -k, x.n ** -k));
  const [Q0, Q1] = [q(0), q(1)];
  const factorial = k => (k < 2 ? Q1 : factorial(k - 1).times(q(k)));

  // ---- 1 reading
  let nodes = new Map();
  const isNode = part => part !== null && typeof part === "object" && "op" in part;
  const node = (op, ...args) => {
    const numbers = args.filter(part => isNode(part) && part.op === "num").map(part => part.args[0]);
    if ((op === "+" || op === "*") && numbers.length === 2) {
      args = [op === "+" ? numbers[0].plus(numbers[1]) : numbers[0].times(numbers[1])];
      op = "num";
    } else if (op === "pow") {
      const [u, r] = args;
      if (r.abs.cmp(q(HIGHEST)) > 0 || r.d > 1000000n) refuse("a power is too high");
      if (r.is(1)) return u;
      if (r.is(2) && (u.op === "sin" || u.op === "cos")) {
        const turn = node("cos", node("*", num(q(2)), u.args[0]));
        return node("*", num(q(1, 2)), u.op === "sin" ? minus(num(Q1), turn) : node("+", num(Q1), turn));
      }
      if (numbers.length && r.whole && (numbers[0].n || r.n > 0n)) { args = [power(numbers[0], r.n)]; op = "num"; }
    }
    if (op === "num" && (bits(args[0].n) > MOST_BITS || bits(args[0].d) > MOST_BITS)) refuse("a number is too long");
    const key = `${op} ${args.map(part => (isNode(part) ? part.id : `=${part}`)).join(" ")}`;
    if (!nodes.has(key)) {
      const inner = args.filter(isNode);
      const depth = 1 + Math.max(0, ...inner.map(part => part.depth));
      if (depth > DEEPEST || nodes.size > MOST_NODES) refuse("the formula is too large");
      nodes.set(key, { op, args, depth, id: nodes.size, free: op === "x" || inner.some(part => part.free) });
    }
    return nodes.get(key);
  };
  const num = value => node("num", value);
  const minus = (a, b) => (b === undefined ? node("*", num(q(-1)), a) : node("+", a, minus(b)));
  const PRIMITIVE = ["exp", "log", "sin", "cos", "atan", "erf", "sigmoid", "softplus"];
  const RELATIONS = ["<", "<=", ">", ">=", "==", "!="];
  const TESTS = ["and", "or", "not", ...RELATIONS];
  const SUGAR = {
    ln: "log(x)", sqrt: "x**(1/2)", expm1: "exp(x) - 1", log1p: "log(1 + x)", tan: "sin(x)/cos(x)",
    sinh: "(exp(x) - exp(-x))/2", cosh: "(exp(x) + exp(-x))/2", tanh: "2*sigmoid(2*x) - 1",
    asinh: "log(x + sqrt(x**2 + 1))", acosh: "log(x + sqrt(x**2 - 1))", atanh: "log((1 + x)/(1 - x))/2",
    asin: "atan(x/sqrt(1 - x**2))", acos: "pi/2 - asin(x)", erfc: "1 - erf(x)", relu: "max(0, x)",
    softsign: "x/(1 + abs(x))", gelu: "x/2*(1 + erf(x/sqrt(2)))", abs: "x if x >= 0 else -x",
    sign: "1 if x > 0 else (-1 if x < 0 else 0)", heaviside: "1 if x > 0 else (0 if x < 0 else 1/2)",
    max: "x if x >= y else y", min: "y if x >= y else x",
  };
  const TOKEN = /\s*(?:((?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)|([A-Za-z_]\w*)|(\*\*|<=|>=|==|!=|[-+*/^<>(),]))/y;
  const NUMBER = /^(?:(\d{1,60})(?:\.(\d{0,60}))?|\.(\d{1,60}))(?:[eE]([+-]?\d{1,2}))?$/;
  const WORDS = ["if", "else", "and", "or", "not", "True", "False"];
  const spelled = text => {
    const found = NUMBER.exec(text);
    if (!found) refuse("a number that cannot be read");
    const digits = found[2] ?? found[3] ?? "", ten = BigInt(found[4] ?? 0) - BigInt(digits.length);
    return new Q(BigInt((found[1] ?? "") + digits)).times(power(q(10), ten));
  };
  const read = (text, names) => {
    if (typeof text !== "string" || text.length > LONGEST || /[^\x00-\x7f]/.test(text)) refuse("no formula");
    const tokens = [];
    for (TOKEN.lastIndex = 0; /\S/.test(text.slice(TOKEN.lastIndex));) {
      const start = TOKEN.lastIndex, found = TOKEN.exec(text);
      if (!found) refuse(`the formula cannot be read at ${text.slice(start, start + 20)}`);
      if (found[1] && /[\w.]/.test(text[TOKEN.lastIndex] ?? "")) refuse("a number that cannot be read");
      tokens.push({ number: found[1], name: found[2], sign: found[3] === "^" ? "**" : found[3] });
    }
    let at = 0, depth = 0;
    const is = word => tokens[at] !== undefined && (tokens[at].sign === word || tokens[at].name === word);
    const take = word => is(word) && ++at > 0;
    const need = word => take(word) || refuse(`the formula lacks ${word}`);
    const value = made => (TESTS.includes(made.op) ? node("if", made, num(Q1), num(Q0)) : made);
    const test = made => (TESTS.includes(made.op) ? made : refuse("a condition is wanted"));
    const whole = () => {
      if (++depth > 600) refuse("the formula is too large");
      const body = either();
      let made = body;
      if (take("if")) {
        const asked = test(either());
        need("else");
        made = node("if", asked, value(body), value(whole()));
      }
      depth--;
      return made;
    };
    const several = (word, part) => {
      const first = part();
      if (!is(word)) return first;
      const all = [test(first)];
      while (take(word)) all.push(test(part()));
      return node(word, ...all);
    };
    const either = () => several("or", () => several("and", negated));
    const negated = () => {
      if (++depth > 600) refuse("the formula is too large");
      const made = take("not") ? node("not", test(negated())) : compared();
      depth--;
      return made;
    };
    const compared = () => {
      let side = sum();
      const all = [];
      while (tokens[at] && RELATIONS.includes(tokens[at].sign)) {
        const relation = tokens[at++].sign, other = value(sum());
        all.push(node(relation, value(side), other));
        side = other;
      }
      return all.length ? node("and", ...all) : side;
    };
    const sum = () => {
      let made = factor();
      while (is("+") || is("-")) {
        const sign = tokens[at++].sign, other = value(factor());
        made = sign === "+" ? node("+", value(made), other) : minus(value(made), other);
      }
      return made;
    };
    const factor = () => {
      let made = signed();
      while (is("*") || is("/")) {
        const sign = tokens[at++].sign, other = value(signed());
        made = node("*", value(made), sign === "*" ? other : node("pow", other, q(-1)));
      }
      return made;
    };
    const signed = () => {
      if (++depth > 600) refuse("the formula is too large");
      const made = take("-") ? minus(value(signed())) : take("+") ? value(signed()) : raised();
      depth--;
      return made;
    };
    const raised = () => {
      const base = atom();
      if (!take("**")) return base;
      const r = value(signed()), u = value(base);
      return r.op === "num" ? node("pow", u, r.args[0]) : node("exp", node("*", r, node("log", u)));
    };
    const atom = () => {
      const token = tokens[at++] ?? refuse("the formula ends early");
      if (token.number) return num(spelled(token.number));
      if (token.sign === "(") {
        const made = whole();
        need(")");
        return made;
      }
      const name = token.name ?? refuse(`${token.sign} stands where a value should`);
      if (name === "True" || name === "False") return node(name === "True" ? "and" : "or");
      if (WORDS.includes(name)) refuse(`${name} stands where a value should`);
      if (take("(")) return called(name.toLowerCase().replaceAll("arc", "a"));
      return names.get(name) ?? refuse(`${name.slice(0, 40)} has no value`);
    };
    const listed = part => {
      const all = [];
      while (!take(")")) {
        all.push(part());
        if (!is(")")) need(",");
      }
      return all;
    };
    const called = name => {
      if (name === "piecewise") {
        const pair = () => { need("("); const v = value(whole()); need(","); const c = test(whole()); take(","); need(")"); return [c, v]; };
        return listed(pair).reduceRight((made, [c, v]) => node("if", c, v, made), node("undefined"));
      }
      const values = listed(() => value(whole()));
      if ((name === "max" || name === "min") && values.length) return values.reduce((x, y) => read(SUGAR[name], new Map(Object.entries({ x, y }))));
      if (values.length === 1 && PRIMITIVE.includes(name)) return node(name, values[0]);
      if (values.length === 1 && Object.hasOwn(SUGAR, name)) return read(SUGAR[name], new Map([["x", values[0]], ["pi", node("pi")]]));
      return refuse(`${name.slice(0, 40)}() is not in the language`);
    };
    const made = value(whole());
    if (at < tokens.length) refuse("the formula goes on where it should end");
    return made;
  };

  // ---- 2 Field: polynomials are maps from a monomial's text to [monomial, coefficient]
  const kernels = [], numbers = new Map();
  const text = mono => mono.map(([k, e]) => `${k}^${e}`).join(" ");
  const order = (a, b) => {
    for (let i = 0; i < Math.min(a.length, b.length); i++) {
      const found = a[i][0] - b[i][0] || a[i][1].cmp(b[i][1]);
      if (found) return found;
    }
    return a.length - b.length;
  };
  const polynomial = terms => {
    const made = new Map();
    for (const [mono, c] of terms) {
      const key = text(mono), old = made.get(key);
      made.set(key, [mono, old ? old[1].plus(c) : c]);
    }
    for (const [key, [, c]] of made) if (!c.n) made.delete(key);
    return made;
  };
  const ordered = poly => [...poly.values()].sort((a, b) => order(a[0], b[0]));
  const spelt = poly => ordered(poly).map(([m, c]) => `${c}*${text(m)}`).join("+");
  const UNIT = polynomial([[[], Q1]]);
  const isUnit = poly => poly.size === 1 && poly.has("") && poly.get("")[1].is(1);
  class Field {
    constructor(top, den = UNIT) { this.top = top; this.den = den; }
    get key() { return (this.kept ??= `${spelt(this.top)} / ${spelt(this.den)}`); }
    get zero() { return this.top.size === 0; }
    like(box) { return box.exact ?? unknown("a constant without an exact value"); }
    plus(o) {
      if (spelt(this.den) === spelt(o.den)) return quotient(polynomial([...this.top.values(), ...o.top.values()]), this.den);
      const over = multiplied(this.den, o.den);
      return quotient(polynomial([...multiplied(this.top, o.den).values(), ...multiplied(o.top, this.den).values()]), over);
    }
    times(o) { return quotient(multiplied(this.top, o.top), multiplied(this.den, o.den)); }
    scaled(r, n = 1) { return new Field(polynomial([...this.top.values()].map(([m, c]) => [m, c.times(r).over(q(n))])), this.den); }
    get leading() { return this.zero ? Q0 : ordered(this.top).at(-1)[1]; }
    positive(...kinds) {
      const [mono, c] = this.top.size === 1 ? [...this.top.values()][0] : [[], Q0];
      const plain = c.n > 0n && isUnit(this.den);
      return plain && mono.every(([k]) => ["prime", "pi", "exp", ...kinds].includes(kernels[k].op)) ? [mono, c] : null;
    }
    get above() {
      return !this.zero && [this.top, this.den].every(part => {
        const lows = new Map();
        for (const [mono, c] of part.values()) {
          const sure = mono.filter(([k]) => ["prime", "pi", "exp"].includes(kernels[k].op)), rest = mono.filter(pair => !sure.includes(pair));
          if (rest.length && !(rest.length === 1 && kernels[rest[0][0]].op === "erf" && rest[0][1].is(1))) return false;
          lows.set(text(sure), (lows.get(text(sure)) ?? Q0).plus(rest.length ? c.abs.times(q(-1)) : c));
        }
        return [...lows.values()].every(low => low.n >= 0n);
      });
    }
    call(op) {
      spend(10);
      if (Array.isArray(op)) return this.raised(op[1]);
      if (op === "sigmoid") return ONE.plus(this.scaled(q(-1)).call("exp")).raised(q(-1));
      if (op === "softplus") return ONE.plus(this.exp()).log();
      if (op === "exp" || op === "log") return this[op]();
      if (op === "sin" || op === "cos") {
        const there = this.times(I).exp(), back = this.scaled(q(-1)).times(I).exp();
        return op === "cos" ? there.plus(back).scaled(Q1, 2) : there.plus(back.scaled(q(-1))).times(I.scaled(q(-1), 2));
      }
      if (this.zero) return ZERO;
      const sign = this.leading.n > 0n ? Q1 : q(-1), inner = this.scaled(sign);
      return (op === "atan" && inner.key === ONE.key ? PI.scaled(Q1, 4) : term(op, inner)).scaled(sign);
    }
    raised(r) {
      if (r.whole) {
        const base = r.n >= 0n ? this : quotient(this.den, this.top);
        let made = ONE;
        for (let k = abs(r.n); k > 0n; k--) made = made.times(base);
        return made;
      }
      if (this.zero && r.n > 0n) return this;
      const found = this.positive();
      if (found) {
        const [own, other] = [found[0], factors(found[1])].map(part => part.map(([k, e]) => [k, e.times(r)]));
        return settled(polynomial([[merged(own, other), Q1]]));
      }
      const size = this.leading.abs, whole = new Q(r.floor), unit = this.scaled(Q1.over(size));
      return rational(size).raised(r).times(term("root", unit, r.minus(whole))).times(unit.raised(whole));
    }
    exp() {
      return [...this.top.values()].reduce((made, [mono, c]) => {
        const alone = isUnit(this.den) && mono.length === 1 && mono[0][1].is(1) && kernels[mono[0][0]].op === "log";
        if (alone) return made.times(kernels[mono[0][0]].inner.raised(c));
        const inner = new Field(polynomial([[mono, Q1]]), this.den), turns = mono.some(([k]) => ["unit", "turn"].includes(kernels[k].op));
        return made.times(inner.key === I.times(PI).key ? settled(polynomial([[[[TURN, c]], Q1]])) : term(turns ? "turn" : "exp", inner, c));
      }, ONE);
    }
    log() {
      if (this.zero) unknown("a logarithm of 0");
      const found = this.positive("root");
      if (found) {
        return [...found[0], ...factors(found[1])].reduce((made, [k, e]) => {
          const { op, inner } = kernels[k];
          const base = op === "prime" ? rational(new Q(inner)) : op === "pi" ? PI : inner;
          return made.plus((op === "exp" ? inner : term("log", base)).scaled(e));
        }, ZERO);
      }
      const size = this.leading.abs;
      return rational(size).log().plus(term("log", this.scaled(Q1.over(size))));
    }
  }
  const kernel = (op, inner = null) => {
    const key = `${op} ${inner instanceof Field ? inner.key : inner}`;
    if (!numbers.has(key)) { numbers.set(key, kernels.length); kernels.push({ op, inner }); }
    return numbers.get(key);
  };
  const term = (op, inner = null, e = Q1) => new Field(polynomial([[[[kernel(op, inner), e]], Q1]]));
  const rational = r => new Field(polynomial([[[], r]]));
  const factors = r => {
    const found = new Map();
    for (let [n, sign] of [[r.n, 1], [r.d, -1]]) {
      let p = 2n;
      while (n > 1n) {
        while (n % p !== 0n && p * p <= n && p < 2000n) p++;
        if (n % p !== 0n) p = n;
        found.set(p, (found.get(p) ?? 0) + sign);
        n /= p;
      }
    }
    return [...found].filter(([, e]) => e).map(([p, e]) => [kernel("prime", p), q(e)]).sort((a, b) => a[0] - b[0]);
  };
  const merged = (a, b) => {
    const made = new Map(a);
    for (const [k, e] of b) made.set(k, made.has(k) ? made.get(k).plus(e) : e);
    return [...made].filter(([, e]) => e.n).sort((x, y) => x[0] - y[0]);
  };
  const multiplied = (a, b) => {
    spend(4 * a.size * b.size);
    if (a.size * b.size > 1000) unknown("an exact value that is too long");
    const all = [];
    for (const [m, c] of a.values()) for (const [n, d] of b.values()) all.push([merged(m, n), c.times(d)]);
    const made = polynomial(all);
    for (const [, c] of made.values()) if (bits(c.n) > MOST_BITS || bits(c.d) > MOST_BITS) unknown("an exact value that is too long");
    return made;
  };
  const quotient = (top, den) => {
    const below = settled(den);
    if (!isUnit(below.den)) return quotient(multiplied(top, below.den), below.top);
    if (below.zero) unknown("a division by 0");
    const [mono, c] = ordered(below.top)[0];
    const unit = polynomial([[mono.map(([k, e]) => [k, Q0.minus(e)]), Q1.over(c)]]);
    const over = multiplied(below.top, unit), above = settled(multiplied(top, unit));
    if (isUnit(over) || above.zero) return above;
    return isUnit(above.den) && spelt(above.top) === spelt(over) ? ONE : new Field(above.top, multiplied(above.den, over));
  };
  const settled = top => {
    const plain = [], rest = [];
    for (const [mono, c] of top.values()) {
      const place = mono.findIndex(([k, e]) => {
        const { op } = kernels[k];
        return ["prime", "root", "unit"].includes(op) && (e.n <= 0n || e.cmp(Q1) >= 0);
      });
      if (place < 0) { plain.push([mono, c]); continue; }
      const [k, e] = mono[place], { op, inner } = kernels[k], base = op === "prime" ? rational(new Q(inner)) : inner;
      const whole = new Q(e.floor), over = e.minus(whole);
      const less = [...mono.slice(0, place), ...(over.n ? [[k, over]] : []), ...mono.slice(place + 1)];
      rest.push(settled(polynomial([[less, c]])).times(base.raised(whole)));
    }
    return rest.reduce((made, part) => made.plus(part), new Field(polynomial(plain)));
  };
  const ZERO = new Field(polynomial([])), ONE = rational(Q1), PI = term("pi"), X = term("x");
  const TURN = kernel("unit", rational(q(-1))), I = new Field(polynomial([[[[TURN, q(1, 2)]], Q1]]));

  // ---- 3 Box
  let D = 1n << 160n;
  const exactly = (work, ...fields) => {
    try {
      return fields.includes(null) ? null : work(...fields);
    } catch (error) {
      if (error instanceof Unknown) return null;
      throw error;
    }
  };
  class Box {
    constructor(lo, hi, exact = null) {
      const zero = exact !== null && exact.zero;
      this.lo = zero ? 0n : lo; this.hi = zero ? 0n : hi; this.exact = exact;
      if (hi > LARGEST || lo < -LARGEST) unknown("a number that is too large");
    }
    static of(r, exact = true) { return new Box(floor(r.n * D, r.d), ceil(r.n * D, r.d), exact ? rational(r) : null); }
    like(box) { return box; }
    plus(o) { return new Box(this.lo + o.lo, this.hi + o.hi, exactly((a, b) => a.plus(b), this.exact, o.exact)); }
    minus(o) { return this.plus(o.scaled(q(-1))); }
    times(o) {
      const ends = [this.lo * o.lo, this.lo * o.hi, this.hi * o.lo, this.hi * o.hi];
      return new Box(floor(least(...ends), D), ceil(most(...ends), D), exactly((a, b) => a.times(b), this.exact, o.exact));
    }
    scaled(r, n = 1) {
      const d = r.d * BigInt(n), [lo, hi] = r.n >= 0n ? [this.lo * r.n, this.hi * r.n] : [this.hi * r.n, this.lo * r.n];
      return new Box(floor(lo, d), ceil(hi, d), this.exact && this.exact.scaled(r, n));
    }
    get loose() { return new Box(this.lo, this.hi); }
    get sign() { return this.lo > 0n ? 1 : this.hi < 0n ? -1 : this.lo === 0n && this.hi === 0n ? 0 : null; }
    raised(r) {
      if (r.n < 0n) {
        const made = this.raised(r.times(q(-1)));
        if (made.lo <= 0n && made.hi >= 0n) unknown("a division by what may be 0");
        return new Box(floor(D * D, made.hi), ceil(D * D, made.lo));
      }
      let [a, b] = [this.lo, this.hi];
      const n = r.n;
      if (r.whole && n % 2n === 0n) [a, b] = [a <= 0n && b >= 0n ? 0n : least(abs(a), abs(b)), most(abs(a), abs(b))];
      if (a < 0n && !r.whole) unknown("a root of what may be negative");
      if (r.d > 2n) {
        const [low, high] = [a, b].map(u => (u ? new Box(u, u).call("log").scaled(r).call("exp") : new Box(0n, 0n)));
        return new Box(low.lo, high.hi);
      }
      const [lo, hi] = n ? [floor(a ** n, D ** (n - 1n)), ceil(b ** n, D ** (n - 1n))] : [D, D];
      if (r.whole) return new Box(lo, hi);
      return new Box(isqrt(lo * D), hi ? isqrt(hi * D - 1n) + 1n : 0n);
    }
    call(op) {
      spend(20);
      const exact = exactly(a => a.call(op), this.exact);
      let made;
      if (op === "sigmoid" || op === "softplus") {
        const inner = new Box(D, D).plus(this.scaled(q(op === "sigmoid" ? -1 : 1)).loose.call("exp"));
        made = op === "sigmoid" ? inner.raised(q(-1)) : inner.call("log");
      } else if (op === "sin" || op === "cos") {
        const middle = floor(this.lo + this.hi, 2n), far = this.hi - middle, [lo, hi] = at(op, middle);
        made = new Box(most(lo - far, -D), least(hi + far, D));
      } else {
        made = Array.isArray(op) ? this.raised(op[1]) : new Box(at(op, this.lo)[0], at(op, this.hi)[1]);
      }
      return new Box(made.lo, made.hi, exact);
    }
  }
  const logOf = a => { const k = Math.max(0, bits(a) - 60); return Math.log(Number(a >> BigInt(k))) + k * Math.LN2; };
  const known = new Map();
  const at = (op, n) => {
    const key = `${op} ${n} ${D}`;
    if (known.has(key)) return known.get(key);
    spend(20);
    if (op === "log" && n <= 0n) unknown("a logarithm of what may not be positive");
    const x = abs(n) < D << 500n ? Number((abs(n) << 64n) / D) / 2 ** 64 : 1e9;
    if (x > 4000 && !["log", "atan", "erf"].includes(op)) {
      if (op === "exp" && n > 0n) unknown("exp of a number that is too large");
      return op === "exp" ? [0n, 1n] : [-D, D];
    }
    const size = op === "atan" ? 0 : op === "erf" ? Math.min(x, 16) : op === "log" ? Math.abs(logOf(n) - logOf(D)) : x;
    const whole = Math.floor(size) + 1, halvings = bits(BigInt(whole)) + 8;
    const w = BigInt(40 + 2 * halvings + (op === "erf" ? 2 * whole * whole : 2 * whole)), coarse = D;
    try {
      D = coarse << w;
      const made = FINE[op](new Box(n << w, n << w), halvings);
      known.set(key, [made.lo >> w, -(-made.hi >> w)]);
    } finally {
      D = coarse;
    }
    return known.get(key);
  };
  const part = k => new Q(1n, 1n << BigInt(k));
  const series = (term, square, ratio) => {
    let made = term;
    for (let k = 1; ; k++) {
      const [r, d] = ratio(k);
      term = term.times(square).scaled(q(r), d);
      made = made.plus(term);
      if (most(term.hi, -term.lo) <= 1n && 2n * BigInt(Math.abs(r)) * most(square.hi, -square.lo) <= BigInt(d) * D) return made.plus(new Box(-1n, 1n));
    }
  };
  const fineExp = (x, halvings) => {
    let made = series(new Box(D, D), x.scaled(part(halvings)), k => [1, k]);
    for (let k = 0; k < halvings; k++) made = made.times(made);
    return made;
  };
  const fineTurn = (x, halvings) => {
    const one = new Box(D, D), y = x.scaled(part(halvings));
    let [sin, cos] = [[y, 1], [one, -1]].map(([u, m]) => series(u, y.times(y), k => [-1, 2 * k * (2 * k + m)]));
    for (let k = 0; k < halvings; k++) [sin, cos] = [sin.times(cos).scaled(q(2)), one.minus(sin.times(sin).scaled(q(2)))];
    return [sin, cos];
  };
  const fineOdd = (z, sign) => {
    if (4n * z.lo < -D || 4n * z.hi > D) unknown("a series far from its centre");
    return series(z, z.times(z), k => [sign * (2 * k - 1), 2 * k + 1]);
  };
  const fineLog = x => {
    const one = new Box(D, D), near = logOf(x.lo) - logOf(D);
    const y = new Q(BigInt(Math.round(near * 2 ** 40)), 1n << 40n);
    const f = x.times(fineExp(Box.of(y.times(q(-1)), false), bits(BigInt(Math.floor(Math.abs(near)))) + 9));
    return Box.of(y, false).plus(fineOdd(f.minus(one).times(f.plus(one).raised(q(-1))), 1).scaled(q(2)));
  };
  const fineAtan = x => {
    const one = new Box(D, D);
    for (let k = 0; k < 4; k++) x = x.times(one.plus(one.plus(x.raised(q(2))).raised(q(1, 2))).raised(q(-1)));
    return fineOdd(x, -1).scaled(q(16));
  };
  const fineErf = x => {
    if (abs(x.lo) > 16n * D) {
      const far = new Box(D, D).minus(new Box(0n, D).scaled(part(360)));
      return x.lo > 0n ? far : far.scaled(q(-1));
    }
    const square = x.raised(q(2)), root = fineAtan(new Box(D, D)).raised(q(-1, 2));
    return series(x, square, k => [2, 2 * k + 1]).times(fineExp(square.scaled(q(-1)), 18)).times(root);
  };
  const FINE = { exp: fineExp, log: fineLog, atan: fineAtan, erf: fineErf, sin: (x, h) => fineTurn(x, h)[0], cos: (x, h) => fineTurn(x, h)[1] };
  const piBox = () => new Box(...at("atan", D), PI.scaled(Q1, 4)).scaled(q(4));

  // ---- 4 Tail: a monomial is {rates: [[j, key], ...], p, r}
  const rates = new Map();
  const monoKey = m => `${m.rates.map(([j, key]) => `${j}~${key}`).join(";")}|${m.p}|${m.r}`;
  const FLAT = { rates: [], p: Q0, r: Q0 };
  const rated = box => {
    if (box.exact === null) unknown("a rate without an exact value");
    rates.set(box.exact.key, box);
    return box.exact.key;
  };
  const joined = (a, b, r = Q1) => {
    const all = new Map(a.rates.map(([j, key]) => [`${j}`, [j, key]]));
    for (const [j, key] of b.rates) {
      const own = rates.get(key).scaled(r), old = all.get(`${j}`);
      all.set(`${j}`, [j, rated(old ? rates.get(old[1]).plus(own) : own)]);
    }
    const kept = [...all.values()].filter(([, key]) => !rates.get(key).exact.zero).sort((x, y) => y[0].cmp(x[0]));
    return { rates: kept, p: a.p.plus(b.p.times(r)), r: a.r.plus(b.r.times(r)) };
  };
  const growth = m => {
    const size = m.p.n || m.r.n;
    if (!m.rates.length) return size > 0n ? 1 : size < 0n ? -1 : 0;
    return -(rates.get(m.rates[0][1]).sign || unknown("a rate of unknown sign"));
  };
  const ceiling = (m, T) => {
    const log = T.call("log"), first = m.rates.length ? m.rates[0][0] : Q0;
    let sure = new Box(0n, 0n), power = new Box(0n, 0n);
    for (const [j, key] of m.rates) {
      const box = rates.get(key), rate = j === first ? box.loose : new Box(least(box.lo, 0n), 0n);
      sure = sure.plus(rate.times(T.raised(j.minus(first))).scaled(j));
      power = power.minus(box.loose.times(T.raised(j)));
    }
    const slope = Box.of(m.p, false).plus(log.raised(q(-1)).scaled(m.r.n > 0n ? m.r : Q0));
    if (sure.lo < 0n || slope.minus(new Box(sure.lo, sure.lo).times(T.raised(first))).hi > 0n) unknown("the tail begins too early");
    const size = T.raised(m.p).times(log.raised(m.r));
    return new Box(0n, (m.rates.length ? size.times(power.call("exp")) : size).hi);
  };
  class Tail {
    constructor(T, terms) {
      this.T = T;
      this.terms = new Map();
      spend(terms.length);
      for (const [m, c] of terms) {
        const key = monoKey(m), old = this.terms.get(key);
        this.terms.set(key, [m, old ? old[1].plus(c) : c]);
      }
      for (const [key, [, c]] of this.terms) if (c.sign === 0) this.terms.delete(key);
      const all = this.terms.size > MOST_TERMS ? this.order() : [];
      while (all.length > MOST_TERMS) {
        const m = all.pop(), next = all.at(-1), [, c] = this.terms.get(monoKey(m));
        this.terms.delete(monoKey(m));
        const own = this.terms.get(monoKey(next));
        own[1] = own[1].plus(c.times(ceiling(joined(m, next, q(-1)), T)));
      }
    }
    get all() { return [...this.terms.values()]; }
    like(box) { return new Tail(this.T, [[FLAT, box]]); }
    plus(o) { return new Tail(this.T, [...this.all, ...o.all]); }
    times(o) { return new Tail(this.T, this.all.flatMap(([m, c]) => o.all.map(([n, d]) => [joined(m, n), c.times(d)]))); }
    scaled(r, n = 1) { return new Tail(this.T, this.all.map(([m, c]) => [m, c.scaled(r, n)])); }
    order() { return this.all.map(([m]) => m).sort((m, n) => -growth(joined(m, n, q(-1)))); }
    coefficient(m) { return this.terms.get(monoKey(m))?.[1] ?? new Box(0n, 0n, ZERO); }
    bracket() {
      const all = this.order(), first = all[0] ?? FLAT;
      let total = this.terms.size ? this.coefficient(first) : new Box(0n, 0n);
      for (const m of all.slice(1)) total = total.plus(this.coefficient(m).times(ceiling(joined(m, first, q(-1)), this.T)));
      return [first, total];
    }
    parted() {
      const [grow, fall] = [1, -1].map(sign => this.all.filter(([m]) => growth(m) === sign));
      return [grow, this.coefficient(FLAT), new Tail(this.T, fall)];
    }
    span() {
      let [grow, total, fall] = this.parted();
      if (grow.length) unknown("a tail that is not bounded");
      for (const [m, c] of fall.all) total = total.plus(c.times(ceiling(m, this.T)));
      return total.loose;
    }
    limit() {
      const [grow, constant] = this.parted();
      const found = grow.length ? this.bracket()[1].sign : constant;
      if (!found || (!grow.length && constant.exact === null)) unknown("a tail without a known limit");
      return found;
    }
    call(op) {
      spend(50);
      if (Array.isArray(op)) return this.raised(op[1]);
      const [grow, constant, fall] = this.parted();
      if (!grow.length && !(op === "log" && constant.sign === 0)) return expanded(op, constant, fall);
      if (op === "sin" || op === "cos") return this.still(op, grow, constant, fall) ?? this.like(new Box(-D, D));
      const [first, box] = this.bracket(), sign = box.sign || unknown("a tail of unknown sign"), one = this.like(Box.of(Q1));
      if (op === "exp") return this.exp(grow, constant, fall, first, box);
      if (op === "log") return this.log(first, box);
      if (op === "atan") return this.like(piBox().scaled(q(sign, 2))).plus(this.raised(q(-1)).call("atan").scaled(q(-1)));
      const away = this.scaled(q(sign));
      if (op === "erf") {
        const square = away.raised(q(2)), w = away.raised(q(-2));
        const sure = one.plus(w.scaled(q(-1, 2))).plus(w.times(w).times(this.like(new Box(0n, D))).scaled(q(3, 4)));
        const unit = away.raised(q(-1)).times(this.like(piBox().call(["pow", q(-1, 2)]))).times(square.scaled(q(-1)).call("exp"));
        return one.plus(unit.times(sure).scaled(q(-1))).scaled(q(sign));
      }
      const low = away.scaled(q(-1)).call("exp");
      if (op === "sigmoid") return one.plus(low).raised(q(-1)).times(sign > 0 ? one : low);
      return one.plus(low).call("log").plus(sign > 0 ? this : one.scaled(Q0));
    }
    still(op, grow, constant, fall) {
      const { start, step } = this.T, half = PI.scaled(q(2)).raised(q(-1));
      for (const [{ rates: own, p, r }, c] of grow) {
        const turns = exactly((a, b) => a.times(b).times(half), c.exact, step?.exact ?? null), whole = turns?.leading;
        if (own.length || !p.is(1) || r.n || !whole?.n || !whole.whole || turns.key !== rational(whole).key) return null;
        constant = constant.plus(c.times(start));
      }
      return expanded(op, constant, fall);
    }
    raised(r) {
      if (!this.terms.size || (r.n >= 0n && r.whole && r.n <= 4n)) {
        if (r.n < 0n) unknown("a division by 0");
        let made = r.whole ? this.like(Box.of(Q1)) : this;
        for (let k = r.floor; k > 0n; k--) made = made.times(this);
        return made;
      }
      const [first, box] = this.bracket();
      if (!r.whole && box.lo <= 0n) unknown("a root of what may be negative");
      const c = this.coefficient(first), unit = new Tail(this.T, [[joined(FLAT, first, r), Box.of(Q1)]]);
      if (c.exact === null || !c.sign) return unit.times(this.like(box.loose.raised(r)));
      return unit.times(this.like(c.call(["pow", r]))).times(expanded(["pow", r], Box.of(Q1), this.beside(first)));
    }
    beside(first) {
      const over = new Tail(this.T, [[joined(FLAT, first, q(-1)), this.coefficient(first).call(["pow", q(-1)])]]);
      return new Tail(this.T, this.all.filter(([m]) => monoKey(m) !== monoKey(first))).times(over);
    }
    log(first, box) {
      const c = this.coefficient(first);
      if (first.r.n || box.lo <= 0n) unknown("a logarithm of a logarithm, or of what may not be positive");
      const own = first.rates.map(([j, key]) => [{ rates: [], p: j, r: Q0 }, rates.get(key).scaled(q(-1))]);
      const made = new Tail(this.T, [...own, [{ rates: [], p: Q0, r: Q1 }, Box.of(first.p)]]);
      if (c.exact === null || c.lo <= 0n) return made.plus(this.like(box.loose.call("log")));
      return made.plus(this.like(c.call("log"))).plus(expanded("log", Box.of(Q1), this.beside(first)));
    }
    exp(grow, constant, fall, first, box) {
      let mono = FLAT;
      for (const [{ rates: own, p, r }, c] of grow) {
        const fixed = c.exact !== null && !own.length, over = joined({ rates: [], p: Q1, r: Q0 }, first, q(-1));
        if (fixed && !r.n) mono = joined(mono, { rates: [[p, rated(c.scaled(q(-1)))]], p: Q0, r: Q0 });
        else if (fixed && !p.n && r.is(1) && c.exact.key === rational(c.exact.leading).key) {
          mono = joined(mono, { rates: [], p: c.exact.leading, r: Q0 });
        } else if (box.hi < 0n && growth(over) <= 0) {
          const K = new Q(least(floor(-box.hi * 16n, ceiling(over, this.T).hi), 16000n), 16n);
          return new Tail(this.T, [[{ rates: [[Q1, rated(Box.of(K))]], p: Q0, r: Q0 }, new Box(0n, D)]]);
        } else unknown("exp of a tail that is not known well enough");
      }
      return new Tail(this.T, [[mono, Box.of(Q1)]]).times(expanded("exp", constant, fall));
    }
  }
  const expanded = (op, centre, fall) => {
    const inner = fall.plus(fall.like(centre)).span();
    if (centre.exact === null || !fall.terms.size) return fall.like((centre.exact === null ? inner : centre).call(op));
    const exact = call(op, [centre, Box.of(Q1)], 2), rest = call(op, [inner, Box.of(Q1)], 3);
    let made = rest.length > 3 ? fall.like(rest[3]) : fall.scaled(Q0);
    for (const c of exact.reverse()) made = made.times(fall).plus(fall.like(c));
    return made;
  };

  // ---- 5 Taylor
  const total = all => all.slice(1).reduce((a, b) => a.plus(b), all[0]);
  const product = (a, b, n) => {
    spend(4 * n + 2);
    const made = [];
    for (let k = 0; k < Math.min(a.length + b.length - 1, n + 1); k++) {
      const all = [];
      for (let i = Math.max(0, k - b.length + 1); i <= Math.min(k, a.length - 1); i++) all.push(a[i].times(b[k - i]));
      made.push(total(all));
    }
    return made;
  };
  const summed = (a, b) => Array.from({ length: Math.max(a.length, b.length) }, (_, k) => (k >= a.length ? b[k] : k >= b.length ? a[k] : a[k].plus(b[k])));
  const scaledAll = (u, r) => u.map(c => c.scaled(r));
  const call = (op, u, n) => {
    if (Array.isArray(op) && op[1].is(1)) return u;
    const d = n && u.length > 1 ? product(slope(op, u.slice(0, n), n - 1), derived(u), n - 1) : [];
    return [u[0].call(op), ...d.map((c, k) => c.scaled(Q1, k + 1))];
  };
  const derived = u => u.slice(1).map((c, k) => c.scaled(q(k + 1)));
  const slope = (op, u, n) => {
    const one = [u[0].like(Box.of(Q1))];
    if (Array.isArray(op)) return scaledAll(op[1].n ? call(["pow", op[1].minus(Q1)], u, n) : one, op[1]);
    if (op === "exp" || op === "sin" || op === "softplus") return call({ exp: "exp", sin: "cos", softplus: "sigmoid" }[op], u, n);
    if (op === "cos") return scaledAll(call("sin", u, n), q(-1));
    if (op === "log") return call(["pow", q(-1)], u, n);
    if (op === "sigmoid") {
      const made = call("sigmoid", u, n);
      return product(made, summed(one, scaledAll(made, q(-1))), n);
    }
    const square = call(["pow", q(2)], u, n);
    if (op === "atan") return call(["pow", q(-1)], summed(one, square), n);
    const unit = u[0].like(piBox().call(["pow", q(-1, 2)]).scaled(q(2)));
    return call("exp", scaledAll(square, q(-1)), n).map(c => c.times(unit));
  };
  let constants = new Map();
  const taylor = (tree, x, n, memo) => {
    if (!memo.has(tree)) memo.set(tree, tree.free ? walked(tree, x, n, memo) : [x[0].like(constant(tree))]);
    return memo.get(tree);
  };
  const walked = (tree, x, n, memo) => {
    const { op, args } = tree;
    if (op === "x") return x.slice(0, n + 1);
    if (op === "parameter") return [new Box(Box.of(args[0]).lo, Box.of(args[1]).hi, term(op, args[2]))];
    if (op === "num" || op === "pi") return [op === "num" ? Box.of(args[0]) : piBox()];
    const inner = args.filter(isNode).map(part => taylor(part, x, n, memo));
    if (op === "+" || op === "*") return op === "+" ? summed(inner[0], inner[1]) : product(inner[0], inner[1], n);
    if (PRIMITIVE.includes(op) || op === "pow") return call(op === "pow" ? ["pow", args[1]] : op, inner[0], n);
    return unknown(`a branch that is not resolved (${op})`);
  };
  const constant = tree => {
    if (!constants.has(tree)) constants.set(tree, walked(tree, [Box.of(Q0)], 0, new Map())[0]);
    return constants.get(tree);
  };
  // ---- 6 the line
  const TRUE = { "<": ["<"], "<=": ["<", "<=", "=="], "==": ["=="], ">=": [">", ">=", "=="], ">": [">"], "!=": ["<", ">"] };
  const NOT = { "<": ">=", "<=": ">", "==": "!=", ">=": "<", ">": "<=", "!=": "==" };
  let memos = new Map();
  const dot = n => new Box(n, n);
  const negative = box => box.scaled(q(-1));
  class Place {
    constructor(a, b, step = null) {
      this.a = a; this.b = b; this.ray = a === null || b === null; this.cell = !this.ray && a !== b;
      if (this.ray) {
        const start = a ?? negative(b), T = Object.assign(start.loose, { start, step });
        this.x = new Tail(T, [[{ rates: [], p: Q1, r: Q0 }, Box.of(q(a === null ? -1 : 1))]]);
      } else this.x = this.cell ? new Box(a.lo, b.hi) : a;
    }
    values(tree, n = 0) {
      let memo = new Map();
      if (this.cell) {
        const key = `${this.a.lo} ${this.b.hi} ${n}`;
        if (memos.has(key)) memo = memos.get(key); else memos.set(key, memo);
      }
      const one = this.x.like(Box.of(Q1)), found = taylor(tree, [this.x, one], n, memo);
      return Array.from({ length: n + 1 }, (_, k) => (found[k] ?? one.scaled(Q0)).scaled(factorial(k)));
    }
    *lows(tree, n = 0, bound = Box.of(Q0)) {
      const less = negative(bound), over = this.values(tree, n)[n].plus(this.x.like(less));
      yield this.ray ? over.bracket()[1].lo : over.lo;
      if (this.ray && !over.parted()[0].length) yield over.span().lo;
      if (!this.cell) return;
      const { a, b } = this, m = floor(a.lo + b.hi, 2n), [, h1, h2] = this.values(tree, n + 2).slice(n), two = q(2);
      const low = (c, away) => {
        const [h, rate, bend] = new Place(c, c).values(tree, n + 2).slice(n), value = h.plus(less);
        const all = [value.plus(h1.times(away)), value.plus(rate.times(away)).plus(away.raised(two).times(h2).scaled(q(1, 2)))];
        if (h2.lo > 0n) all.push(value.minus(rate.raised(two).times(dot(2n * h2.lo).raised(q(-1)))));
        return [most(...all.map(end => end.lo)), value, m - floor(rate.lo * D, most(bend.lo, 1n))];
      };
      const [found, , near] = low(dot(m), this.x.minus(dot(m)));
      yield found;
      if (h2.lo > 0n) {
        const best = dot(least(most(near, a.lo), b.hi));
        yield low(best, this.x.minus(best))[0];
      }
      for (const [c, away] of [[a, new Box(0n, b.hi - a.lo)], [b, new Box(a.lo - b.hi, 0n)]]) {
        const [end, value] = low(c.loose, away);
        yield end;
        if (value.lo <= 0n && value.hi >= 0n) yield low(c, away)[0];
      }
    }
    known(tree) {
      const value = this.values(tree)[0];
      if ((this.ray ? value.bracket()[1] : value).sign === 0) return "==";
      for (const [one, sign] of [[tree, ">"], [minus(tree), "<"]]) {
        let zero = false;
        for (const low of this.lows(one)) {
          if (low > 0n) return sign;
          zero ||= low === 0n;
        }
        if (zero) {
          const rate = this.ray || this.cell ? this.values(tree, 1)[1] : Box.of(Q0);
          return (this.ray ? rate.bracket()[1] : rate).sign ? sign : `${sign}=`;
        }
      }
      return unknown("a comparison");
    }
    toString() { return `[${this.a ?? "-inf"}, ${this.b ?? "inf"}]`; }
  }
  const resolved = (tree, where, memo = new Map()) => {
    if (!memo.has(tree)) {
      const { op, args } = tree;
      memo.set(tree, op === "if"
        ? resolved(args[holds(args[0], where, memo) ? 1 : 2], where, memo)
        : node(op, ...args.map(part => (isNode(part) ? resolved(part, where, memo) : part))));
    }
    return memo.get(tree);
  };
  const holds = ({ op, args }, where, memo) => {
    if (op === "not") return !holds(args[0], where, memo);
    if (op === "and") return args.every(part => holds(part, where, memo));
    if (op === "or") return args.some(part => holds(part, where, memo));
    const found = where.known(minus(...args.map(part => resolved(part, where, memo))));
    if (!TRUE[op].includes(found) && !TRUE[NOT[op]].includes(found)) unknown("a comparison");
    return TRUE[op].includes(found);
  };
  const atLeast = (value, bound) => value.lo >= bound.hi || same(value, bound, false);
  const same = (a, b, sure = true) => {
    const apart = exactly((u, v) => u.plus(v.scaled(q(-1))), a.exact, b.exact);
    if (apart !== null && apart.zero) return true;
    if (sure && a.lo <= b.hi && b.lo <= a.hi) unknown("whether two numbers are equal");
    return false;
  };
  const halved = (work, a, b, depth, reason) => {
    spend(10);
    if (memos.size > 2000) memos = new Map();
    try {
      if (work(a, b)) return;
    } catch (error) {
      if (!(error instanceof Unknown)) throw error;
    }
    const middle = Box.of(new Q(a.lo + b.hi, 2n * D));
    if (!depth || a.hi >= middle.lo || middle.hi >= b.lo) refuse(`${reason} on [${a}, ${b}]`);
    halved(work, a, middle, depth - 1, reason);
    halved(work, middle, b, depth - 1, reason);
  };
  const formal = (tree, n = 0) => {
    const found = taylor(tree, [X, ONE], n, new Map());
    return n < found.length ? found[n].scaled(factorial(n)) : ZERO;
  };
  const identical = (tree, n = 0, other = null, m = 0) => formal(tree, n).plus(other ? formal(other, m).scaled(q(-1)) : ZERO).zero;
  const above = (tree, n, bound) => exactly(b => formal(tree, n).plus(b.scaled(q(-1))), bound.exact)?.above ?? false;
  const analytic = (tree, a, b) => {
    const memo = new Map();
    taylor(tree, [new Place(a, b).x, Box.of(Q1)], 0, memo);
    return [...memo.keys()].every(({ op, free, args }) => !(op === "pow" && free && args[1].d > 1n) || memo.get(args[0])[0].lo > 0n);
  };
  class Line {
    constructor(tree, cuts) {
      this.tree = tree;
      this.pieces = [];
      const part = (a, b) => { const where = new Place(a, b); return this.pieces.push([where, resolved(tree, where)]); };
      part(null, cuts[0]);
      for (let k = 0; k + 1 < cuts.length; k++) halved(part, cuts[k], cuts[k + 1], 12, "a branch is not decided");
      part(cuts.at(-1), null);
      this.cuts = this.pieces.slice(0, -1).map(([where]) => where.b);
      const here = this.cuts.map(cut => resolved(tree, new Place(cut, cut)));
      this.joints = [...here.keys()].filter(k => !(this.pieces[k][1] === here[k] && here[k] === this.pieces[k + 1][1]));
    }
    value(x) {
      const where = new Place(x, x);
      return where.values(resolved(this.tree, where))[0];
    }
    at(x, n) {
      if (!n) return [this.value(x)];
      const near = this.pieces.filter(([{ a, b }]) => (a === null || atLeast(x, a)) && (b === null || atLeast(b, x)));
      return [...new Set(near.map(([, tree]) => tree))].map(tree => new Place(x, x).values(tree, n)[n]);
    }
    sides(n, joints = this.joints) {
      return joints.map(k => {
        const cut = this.cuts[k], [left, right] = [k, k + 1].map(i => new Place(cut, cut).values(this.pieces[i][1], n)[n]);
        return { k, cut, left, value: this.value(cut), right };
      });
    }
    least(n, bound, strict = false, onlyRays = false) {
      const enough = low => (strict ? low > 0n : low >= 0n);
      const known = new Map();
      const sure = tree => { if (!known.has(tree)) known.set(tree, above(tree, n, bound)); return known.get(tree); };
      const shows = (where, tree) => { for (const low of where.lows(tree, n, bound)) if (enough(low)) return true; return sure(tree); };
      for (const [where, tree] of this.pieces) {
        if (where.ray) shows(where, tree) || refuse(`the bound is not shown on ${where}`);
        else if (!onlyRays) halved((a, b) => shows(new Place(a, b), tree), where.a, where.b, 14, "the bound is not shown");
      }
      if (n || onlyRays) return;
      if (!this.joints.every(k => enough(this.value(this.cuts[k]).minus(bound).lo))) refuse("the bound does not hold at a cut");
    }
    defined() {
      for (const [where, tree] of this.pieces) {
        if (where.ray) where.values(tree);
        else halved((a, b) => analytic(tree, a, b), where.a, where.b, 14, "g is not shown to be analytic");
      }
      for (const k of this.joints) this.value(this.cuts[k]);
    }
    flat(n) {
      return this.pieces.map(([where, tree], k) => {
        const zero = identical(tree, n), { a, b } = where;
        const elsewhere = where.ray
          ? () => tree === this.pieces.at(a === null ? 1 : -2)[1] || where.values(tree, n)[n].bracket()[1].sign
          : () => [1n, 6n, 11n].map(i => dot(a.hi + floor((b.lo - a.hi) * i, 16n))).some(x => new Place(x, x).values(tree, n)[n].sign);
        if (!zero && !elsewhere()) refuse(`a derivative may be 0 on ${where}`);
        return zero;
      });
    }
    continuous() {
      for (const { cut, left, value, right } of this.sides(0)) if (!(same(left, value) && same(value, right))) refuse(`g is not continuous at ${cut}`);
    }
    along(start, step, n) {
      const [where, tree] = this.pieces.at(step.sign === 1 ? -1 : 0);
      if (!(step.sign === 1 ? atLeast(start, where.a) : step.sign === -1 && atLeast(where.b, start))) refuse("the points are not on a ray");
      const row = step.sign === 1 ? new Place(start, null, step) : new Place(null, start, negative(step));
      return row.values(tree, n)[n].limit();
    }
  }

  // ---- 7 claims
  const SIDES = ["left", "right"];
  const isText = said => typeof said === "string";
  const worded = said => (isText(said) ? said : `in [${said[0]}, ${said[1]}]`);
  const isBox = value => value instanceof Box;
  const isPoint = at => isText(at) && !SIDES.includes(at);
  class Case {
    constructor(tree, names, cuts, fact) {
      this.tree = tree; this.names = names;
      for (const key of Object.keys(fact.claim)) if (Object.hasOwn(fact.evidence, key)) refuse("a key stands in the claim and in its evidence");
      const { cuts: own = cuts, property, ...said } = { ...fact.claim, ...fact.evidence };
      this.said = said; this.kind = property;
      this.cuts = own.map(told => this.number(told, 200));
      const sorted = this.cuts.every((cut, k) => !k || this.cuts[k - 1].hi < cut.lo);
      if (this.cuts.length < 2 || this.cuts.length > 200 || !sorted) refuse("cuts are 2 to 200 numbers in their order");
      if (this.cuts[0].hi > -3n * D || this.cuts.at(-1).lo < 3n * D) refuse("the first cut is at most -3, the last at least 3");
      this.line = new Line(tree, this.cuts);
    }
    take(...keys) {
      for (const key of Object.keys(this.said)) if (!keys.includes(key)) refuse(`the key ${key} is not known here`);
      return keys.map(key => this.said[key] ?? null);
    }
    mirror() { return new Line(minus(this.tree), this.cuts); }
    formula(told, free = true) { return read(told, new Map([...this.names].filter(([name]) => free || name !== "x"))); }
    number(told, longest = 30) {
      const zero = Box.of(Q0), tree = resolved(this.formula(told, false), new Place(zero, zero));
      return tree.op === "num" && bits(tree.args[0].d) > longest ? Box.of(tree.args[0], false) : constant(tree);
    }
    bounds(said) { return (isText(said) ? [said, said] : said.length === 2 ? said : refuse("two bounds are wanted")).map(told => this.number(told)); }
    within(value, said) {
      if (said === "inf" || said === "-inf" || !isBox(value)) return value === { inf: 1, "-inf": -1 }[`${said}`];
      const [lo, hi] = this.bounds(said);
      return atLeast(value, lo) && atLeast(hi, value);
    }
    reached(line, at, n) {
      if (Array.isArray(at)) {
        const [start, step, more] = at.map(told => this.number(told));
        return more ? refuse("a start and a step are wanted") : [line.along(start, step, n)];
      }
      if (!SIDES.includes(at)) return line.at(this.number(at), n);
      const [where, tree] = line.pieces.at(at === "right" ? -1 : 0);
      return [where.values(tree, n)[n].limit()];
    }
  }
  const ordered012 = n => (n === 0 || n === 1 || n === 2 ? n : refuse("the order of a derivative is 0, 1 or 2"));
  const marked = n => `g${"'".repeat(n)}`;
  const span = c => {
    const [n, ...rest] = c.take("order", "inf", "sup", "inf_attained", "sup_attained", "inf_at", "sup_at"), told = [];
    for (const [sign, name, k] of [[1, "inf", 0], [-1, "sup", 1]]) {
      const [said, attained, at] = [rest[k], rest[k + 2], rest[k + 4]], point = isPoint(at);
      if (said === null) continue;
      const line = sign > 0 ? c.line : c.mirror(), values = c.reached(line, at, ordered012(n));
      told.push(`${name} ${worded(said)}${attained ? ", attained" : attained === false ? ", not attained" : ""}`);
      if (![true, false, null].includes(attained) || (attained && !point)) refuse(`the ${name} is not shown to be attained`);
      if (said === (sign > 0 ? "-inf" : "inf")) {
        if (values.length !== 1 || values[0] !== -1) refuse(`the ${name} is not shown to be infinite`);
        continue;
      }
      const [lo, hi] = sign > 0 ? c.bounds(said) : c.bounds(said).reverse().map(negative);
      line.least(n, lo);
      if (!values.some(value => isBox(value) && atLeast(hi, value))) refuse(`the ${name} is not reached at its witness`);
      if (attained && !same(lo, hi, false)) {
        line.least(n, hi, true, true);
        if (!n) line.continuous();
      }
      if (attained === false) {
        if (point) refuse(`the ${name} is not shown to be approached only`);
        line.least(n, values[0], true);
      }
    }
    if (!told.length) refuse("there is neither inf nor sup");
    return `${marked(n)} has ${told.join(" and ")}`;
  };
  const lipschitz = c => {
    const [value, at] = c.take("value", "at");
    if (value === "inf") {
      const rows = isPoint(at) ? c.line.sides(0).filter(({ cut }) => same(cut, c.number(at))) : [];
      const jump = rows.some(row => !same(row.left, row.value) || !same(row.value, row.right));
      if (!jump && (rows.length || ![1, -1].includes(c.reached(c.line, at, 1)[0]))) refuse("g neither jumps there nor has an unbounded slope");
      return "no Lipschitz constant is finite";
    }
    const [lo, hi] = c.bounds(value);
    c.line.continuous();
    c.line.least(1, negative(hi));
    c.mirror().least(1, negative(hi));
    const values = c.reached(c.line, at, 1);
    if (!values.every(isBox)) refuse("the slope is unbounded");
    if (!values.some(s => atLeast(s, lo) || atLeast(negative(s), lo))) refuse("the constant is not reached at its witness");
    return `the Lipschitz constant is ${worded(value)}`;
  };
  const weighed = (c, row) => row.reduce((made, [weight, x]) => made.plus(c.line.value(x).scaled(q(weight))), new Box(0n, 0n)).sign;
  const WORDS_OF = { monotonicity: { increasing: 1, "non-decreasing": 1, decreasing: -1, "non-increasing": -1, constant: 1 }, convexity: { convex: 1, concave: -1 } };
  const shape = c => {
    const [value, ...ends] = c.take("value", "up", "down"), bent = c.kind === "convexity", n = bent ? 2 : 1;
    if (value === "none") {
      ends.forEach((pair, k) => {
        const [a, b, more] = pair.map(told => c.number(told));
        if (more || a.hi >= b.lo) refuse("up and down are pairs of points, the lesser first");
        const row = bent ? [[1, a], [1, b], [-2, a.plus(b).scaled(Q1, 2)]] : [[-1, a], [1, b]];
        if (weighed(c, row) !== [1, -1][k]) refuse("the values at the points do not show it");
      });
      return `g has no ${c.kind}`;
    }
    const words = WORDS_OF[c.kind], line = (Object.hasOwn(words, value) ? words[value] : refuse("another word")) > 0 ? c.line : c.mirror();
    line.defined();
    line.least(n, Box.of(Q0));
    if (bent || value === "constant") line.continuous();
    for (const { left, value: middle, right } of line.sides(n - 1)) {
      if (!(atLeast(right, left) && (bent || (atLeast(middle, left) && atLeast(right, middle))))) refuse("the step at a cut has the other sign");
    }
    const strict = value === "increasing" || value === "decreasing";
    if ((value === "constant" && !line.flat(1).every(Boolean)) || (strict && line.flat(1).some(Boolean))) refuse("g is constant elsewhere");
    return `g is ${value}`;
  };
  const mirrored = (tree, memo) => {
    if (!memo.has(tree)) memo.set(tree, tree.op === "x" ? minus(tree) : node(tree.op, ...tree.args.map(part => (isNode(part) ? mirrored(part, memo) : part))));
    return memo.get(tree);
  };
  const meet = (first, second, k, n) => {
    const last = first.pieces.length - 1, tree = first.pieces[k][1], other = second.pieces[k][1];
    const alike = i => first.pieces[i][1] === tree && second.pieces[i][1] === other;
    let low = k, high = k;
    while (low > 0 && alike(low - 1)) low--;
    while (high < last && alike(high + 1)) high++;
    const zero = Box.of(Q0), ends = first.cuts.slice(most(low - 1, 0), high + 1);
    const inside = (!low || zero.lo >= ends[0].hi) && (high === last || ends.at(-1).lo >= zero.hi);
    return [...ends, ...(inside ? [zero] : [])].some(x => same(new Place(x, x).values(tree, n)[n], new Place(x, x).values(other)[0], false));
  };
  const equalEverywhere = (c, other, n = 0) => {
    const second = new Line(other, c.line.cuts), first = new Line(c.tree, second.cuts);
    first.defined();
    second.defined();
    if (first.pieces.length !== second.pieces.length) refuse("the pieces are others");
    first.pieces.forEach(([where, tree], k) => {
      const b = second.pieces[k][1];
      if (!identical(tree, n, b) && !(identical(tree, n + 1, b, 1) && meet(first, second, k, n))) refuse(`no identity is found on ${where}`);
    });
    const joints = [...new Set([...first.joints, ...second.joints])], slopes = first.sides(1, joints);
    first.sides(0, joints).forEach((row, k) => {
      const { left, right } = slopes[k];
      const smooth = !n || (same(row.left, row.value) && same(row.value, row.right) && same(left, right));
      if (smooth && !same(n ? left : row.value, second.value(row.cut))) refuse(`the values at ${row.cut} differ`);
    });
  };
  const parity = c => {
    const [value, spots] = c.take("value", "at");
    if (value === "none") {
      for (const sign of [1, -1]) {
        if (!spots.map(told => c.number(told)).some(x => weighed(c, [[1, x], [sign, negative(x)]]))) refuse("the values at the points do not show it");
      }
      return "g is neither odd nor even";
    }
    if (value !== "odd" && value !== "even") refuse("another word");
    const other = mirrored(c.tree, new Map());
    equalEverywhere(c, value === "odd" ? minus(other) : other);
    return `g is ${value}`;
  };
  const equal = c => {
    const [formula] = c.take("formula"), n = c.kind === "derivative" ? 1 : 0;
    equalEverywhere(c, c.formula(formula), n);
    return `${marked(n)} is ${formula}`;
  };
  const affine = c => {
    const [value, formula, spots] = c.take("value", "formula", "at");
    if (value === true) {
      const tree = c.formula(formula);
      equalEverywhere(c, tree);
      if (!identical(tree, 2)) refuse("the formula is not affine");
      return `g is affine, ${formula}`;
    }
    const [a, b, d] = spots.map(told => c.number(told)), f = x => c.line.value(x);
    const bend = f(b).minus(f(a)).times(d.minus(b)).minus(f(d).minus(f(b)).times(b.minus(a)));
    if (value !== false || spots.length !== 3 || !bend.sign) refuse("three points do not show that g is not affine");
    return "g is not affine";
  };
  const limits = c => {
    const [n, left, right, points] = c.take("order", "left", "right", "along"), told = [];
    [left, right].forEach((said, k) => {
      if (said === null) return;
      if (said === "none") {
        const rows = points.map(row => row.map(text => c.number(text)));
        const [one, two] = rows.map(([start, step]) => c.line.along(start, step, ordered012(n)));
        const apart = isBox(one) && isBox(two) ? !same(one, two) : one !== two;
        if (rows.length !== 2 || rows.some(row => row.length !== 2 || row[1].sign !== [-1, 1][k]) || !apart) refuse(`there may be a limit on the ${SIDES[k]}`);
      } else if (!c.within(c.reached(c.line, SIDES[k], ordered012(n))[0], said)) refuse(`the limit on the ${SIDES[k]} is another`);
      told.push(`${said === "none" ? "no limit" : worded(said)} on the ${SIDES[k]}`);
    });
    if (!told.length) refuse("there is no limit in it");
    return `${marked(n)} tends to ${told.join(" and to ")}`;
  };
  const smoothness = c => {
    const [said, breaks] = c.take("class", "breaks"), orders = new Map();
    c.line.defined();
    const rows = [0, 1, 2, 3].map(n => c.line.sides(n));
    rows[0].forEach(({ k: joint, cut, left, value, right }, k) => {
      const items = breaks.filter(item => same(c.number(item.at), cut, false)), [[, before], [, after]] = c.line.pieces.slice(joint, joint + 2);
      if (!items.length && !(same(left, value) && same(value, right) && identical(before, 0, after))) refuse(`a break at ${cut} that is not stated, or may be one`);
      for (const item of items) {
        const n = item.order;
        if (Object.keys(item).sort().join() !== "at,left,order,right" || ![0, 1, 2, 3].includes(n)) refuse("a break has at, order (0 to 3), left and right");
        const joins = rows.slice(0, n + 1).map(row => same(row[k].left, row[k].right));
        joins[0] = joins[0] && same(left, value);
        if (joins.pop() || !joins.every(Boolean)) refuse(`the break at ${cut} is not of order ${n}`);
        if (!SIDES.every(side => c.within(rows[n][k][side], item[side]))) refuse(`a value beside ${cut} is another`);
        orders.set(k, n);
      }
    });
    const low = Math.min(...orders.values()), found = !orders.size ? "C^inf" : low ? `C^${low - 1}` : "discontinuous";
    if (orders.size !== breaks.length || said !== found) refuse("the class is another, or a break lies at no cut");
    return `g is ${said}, analytic everywhere${breaks.length ? ` but at ${breaks.map(item => `${item.at} (order ${item.order})`).join(", ")}` : ""}`;
  };
  const region = c => {
    const [intervals] = c.take("intervals"), n = c.kind === "dead_region" ? 1 : 0, found = [];
    c.line.defined();
    c.line.flat(n).forEach((flat, k) => {
      const { a, b } = c.line.pieces[k][0];
      if (flat && found.length && found.at(-1)[1] === a) found.at(-1)[1] = b;
      else if (flat) found.push([a, b]);
    });
    const fits = ([a, b], k) => [[a, "-inf"], [b, "inf"]].every(([end, infinite], i) => {
      const told = intervals[k][i];
      return end === null ? told === infinite : same(c.number(told), end);
    });
    if (intervals.length !== found.length || intervals.some(pair => pair.length !== 2) || !found.every(fits)) refuse("the intervals are others");
    return `${marked(n)} is 0 on ${intervals.map(([a, b]) => `[${a}, ${b}]`).join(", ") || "no interval"}`;
  };
  const MOMENTS = { mean: [0, 1], second_moment: [0, 2], derivative_mean: [1, 1], derivative_second_moment: [1, 2] }, HIGH = 10;
  const gaussian = c => {
    const names = Object.keys(MOMENTS), all = c.take(...names), keys = names.filter((_, k) => all[k] !== null);
    const said = Object.fromEntries(keys.map(key => [key, all[names.indexOf(key)]])), density = c.formula("exp(-x**2/2)/sqrt(2*pi)");
    const asked = keys.map(key => c.bounds(said[key])), width = c.cuts.at(-1).hi - c.cuts[0].lo, sums = keys.map(() => new Box(0n, 0n));
    const expansions = (x, tree, n) => {
      const one = x.like(new Box(D, D)), [g, weight] = [tree, density].map(part => taylor(part, [x, one], n + 1, new Map()));
      const slope = g.length > 1 ? derived(g) : [one.scaled(Q0)];
      return keys.map(key => {
        const [order, times] = MOMENTS[key], u = order ? slope : g;
        return product(times === 2 ? product(u, u, n) : u, weight, n);
      });
    };
    const narrow = (parts, share) => parts.every((part, i) => 4n * width * (part.hi - part.lo) <= share * (asked[i][1].lo - asked[i][0].hi));
    const added = (parts, share) => {
      const fits = narrow(parts, share);
      if (fits) parts.forEach((part, i) => { sums[i] = sums[i].plus(part); });
      return fits;
    };
    const integral = (a, b, tree) => {
      const centre = dot(floor(a.lo + b.hi, 2n)), [low, high] = [a, b].map(end => end.loose.minus(centre));
      const powers = Array.from({ length: HIGH + 1 }, (_, k) => high.raised(q(k + 1)).minus(low.raised(q(k + 1))).scaled(Q1, k + 1));
      const rest = expansions(new Place(a, b).x, tree, HIGH).map(u => u[HIGH].times(powers[HIGH]));
      if (!narrow(rest, b.hi - a.lo)) return false;
      return added(expansions(centre, tree, HIGH - 1).map((u, i) => u.reduce((made, part, k) => made.plus(powers[k].times(part)), rest[i])), b.hi - a.lo);
    };
    for (const [where, tree] of [c.line.pieces[0], c.line.pieces.at(-1)]) {
      const over = where.x.T.raised(q(-1)), square = where.x.times(where.x);
      if (!added(expansions(where.x, tree, 0).map(u => u[0].times(square).span().times(over)), width)) refuse("the tails may weigh too much");
    }
    for (const [{ a, b }, tree] of c.line.pieces.slice(1, -1)) halved((u, v) => integral(u, v, tree), a, b, 14, "an integral is not known well enough");
    if (!keys.length || !keys.every((key, i) => c.within(sums[i], said[key]))) refuse("a moment is another");
    return `for z ~ N(0, 1), ${keys.map(key => `E[g${"'".repeat(MOMENTS[key][0])}(z)${MOMENTS[key][1] === 2 ? "^2" : ""}] ${worded(said[key])}`).join(", ")}`;
  };
  const CLAIMS = {
    range: span, lipschitz, monotonicity: shape, convexity: shape, parity, affine, limits, smoothness, derivative: equal, equal,
    dead_region: region, zero_region: region, gaussian,
  };
  const SCHEMA = "propcheck.certificate/1", KEYS = "cuts,facts,function,parameters,schema";
  const parameter = (name, said, fixed) => {
    if (!Array.isArray(said)) return read(said, fixed);
    const [low, high, more] = said.map(text => read(text, fixed));
    if (more || low.op !== "num" || high.op !== "num" || low.args[0].cmp(high.args[0]) > 0) refuse("a parameter lies between two rational numbers");
    return node("parameter", low.args[0], high.args[0], name);
  };
  const opened = data => {
    for (const table of [rates, known]) table.clear();
    nodes = new Map(); constants = new Map(); memos = new Map(); left = MOST_WORK; D = 1n << 160n;
    const names = new Map([["pi", node("pi")], ["e", node("exp", num(Q1))]]), fixed = new Map(names);
    for (const [name, told] of Object.entries(data.parameters)) {
      if (["x", "pi", "e"].includes(name) || !/^[A-Za-z][A-Za-z0-9_]{0,39}$/.test(name)) refuse("a parameter has no proper name");
      names.set(name, parameter(name, told, fixed));
    }
    names.set("x", node("x"));
    const tree = read(data.function, names), lcm = (a, b) => (a / gcd(a, b)) * b;
    const common = [...nodes.values()].filter(part => part.op === "num").map(part => part.args[0].d).reduce(lcm, 1n);
    D = lcm(1n << 160n, bits(common) < 200 ? common * common : 1n);
    return [tree, names];
  };
  const check = (data, tell = () => {}) => {
    if (data?.schema !== SCHEMA || Object.keys(data).sort().join() !== KEYS || !data.facts.length) refuse(`this is no certificate of the schema ${SCHEMA}`);
    let number = 0;
    try {
      const [tree, names] = opened(data);
      for (const fact of data.facts) {
        number++;
        if (Object.keys(fact).sort().join() !== "claim,evidence") refuse("a fact has claim and evidence");
        const kind = fact.claim.property;
        if (!Object.hasOwn(CLAIMS, kind)) refuse("a claim of another kind");
        tell(CLAIMS[kind](new Case(tree, names, data.cuts, fact)));
      }
    } catch (error) {
      throw new Refused(`fact ${number}: ${error.message}`);
    }
  };
  return { check, Refused };
})();
