"""GLSL of the clip: materials of skin, brows, lips, eyes, teeth, hair and shirt.

Everything is a function of the resting face's coordinates (metres from the middle between the eyes, x to the
performer's left, y away from the camera, z up), so there are no textures to paint. Colours are linear until `encode`.
"""

NOISE = """
float hash(vec3 p) { p = fract(p * .1031); p += dot(p, p.zyx + 31.32); return fract((p.x + p.y) * p.z); }
float noise(vec3 p) {
    vec3 i = floor(p), f = fract(p); f = f * f * (3. - 2. * f);
    vec2 o = vec2(0., 1.);
    vec4 near = vec4(hash(i), hash(i + o.yxx), hash(i + o.xyx), hash(i + o.yyx));
    vec4 far = vec4(hash(i + o.xxy), hash(i + o.yxy), hash(i + o.xyy), hash(i + o.yyy));
    vec4 layer = mix(near, far, f.z);
    vec2 row = mix(layer.xz, layer.yw, f.x);
    return mix(row.x, row.y, f.y);
}
float fbm(vec3 p) { return .5 * noise(p) + .25 * noise(p * 2.1) + .125 * noise(p * 4.3) + .125 * noise(p * 8.7); }
vec3 encode(vec3 c) {
    c = c * (2.51 * c + .03) / (c * (2.43 * c + .59) + .14);  // Narkowicz 2015, a fit of the ACES film curve
    return pow(clamp(c, 0., 1.), vec3(1. / 2.2));
}
"""

HAIRLINE = """
// Height of the hairline around the head, from the forehead (0) over the temple, sideburn and ear to the nape (pi).
float hairline(vec3 p) {
    float a = atan(abs(p.x), -(p.y - .085));
    float z = .070 - .003 * smoothstep(0., .35, a);
    z = mix(z, .073, smoothstep(.30, .55, a));
    z = mix(z, .035, smoothstep(.62, .95, a));
    z = mix(z, -.022, smoothstep(.98, 1.12, a));
    z = mix(z, .012, smoothstep(1.45, 1.60, a));
    z = mix(z, -.060, smoothstep(1.75, 2.3, a));
    return z;
}
float ragged(vec3 p) { return hairline(p) + .010 * (fbm(p * 70.) - .5); }
float hair_height(vec3 p) {
    float above = p.z - hairline(p);
    float top = smoothstep(.055, .115, p.z);
    float length = mix(.007, .024, top) + .007 * top * smoothstep(.02, -.05, p.y);
    return length * smoothstep(-.004, .045, above);
}
"""

SHIRT = """
float neckline(vec3 p) { return -.150 + .42 * (p.y - .09) - .25 * p.x * p.x; }
float shirt(vec3 p) { return smoothstep(0., -.003, p.z - neckline(p)); }
"""

SURFACE_VERTEX = (
    """in vec3 position, normal, rest; in vec4 paint;
uniform mat4 body, camera, light; uniform float shell;
out vec3 world, direction, still; out vec4 marks; out vec4 lit;
"""
    + NOISE
    + HAIRLINE
    + SHIRT
    + """
void main() {
    vec3 p = position;
#if MATERIAL == 0
    p += normal * .006 * shirt(rest);
#elif MATERIAL == 5
    p += normalize(normal + vec3(0., -.15, .35)) * hair_height(rest) * shell;
#endif
    vec4 w = body * vec4(p, 1.);
    world = w.xyz; direction = mat3(body) * normal; still = rest; marks = paint;
    lit = light * w;
    gl_Position = camera * w;
}
"""
)

SURFACE_FRAGMENT = (
    """in vec3 world, direction, still; in vec4 marks; in vec4 lit;
uniform float shell; uniform vec3 key, eye_at; uniform sampler2D shadow_map;
out vec4 colour;
"""
    + NOISE
    + HAIRLINE
    + SHIRT
    + """
const vec3 KEY = vec3(3.1, 2.85, 2.55), SKY = vec3(.50, .54, .62), GROUND = vec3(.27, .22, .19);
const vec3 RIM = vec3(.55, .65, .85);

float shadow() {
    vec3 p = lit.xyz * .5 + .5;
    if (p.x < 0. || p.x > 1. || p.y < 0. || p.y > 1.) return 1.;
    float sum = 0.;
    for (int i = -2; i <= 2; i++) for (int j = -2; j <= 2; j++)
        sum += step(p.z - .006, texture(shadow_map, p.xy + vec2(i, j) * 2.6 / 2048.).r);
    return sum / 25.;
}
vec3 shade(vec3 albedo, vec3 n, float ao, vec3 wrap, float gloss, float shine, float sun) {
    vec3 v = normalize(eye_at - world), h = normalize(v + key);
    vec3 diffuse = max(vec3(0.), (dot(n, key) + wrap) / (1. + wrap));
    vec3 shaded = mix(vec3(sun), vec3(1.), wrap * .35);
    vec3 ambient = mix(GROUND, SKY, .5 + .5 * n.z) * ao;
    float edge = pow(1. - max(dot(n, v), 0.), 4.);
    vec3 rim = RIM * edge * max(dot(n, normalize(vec3(.8, .6, .3))), 0.) * ao;
    float spec = shine * pow(max(dot(n, h), 0.), gloss) * (gloss + 8.) / 25. * sun;
    return albedo * (KEY * diffuse * shaded * mix(1., ao, .5) / 1.9 + ambient) + spec * KEY * .3 * ao + rim * .35;
}
float brow(vec3 p) {
    float t = (abs(p.x) - .011) / .043;                     // 0 at the inner end, 1 at the outer
    if (t < -.15 || t > 1.1 || p.y > .03) return 0.;
    float middle = .0185 + .0055 * sin(clamp(t, 0., 1.) * 2.4) - .0010 * t;
    float width = mix(.0062, .0026, smoothstep(.35, 1., t));
    float hairs = noise(vec3(p.x * 620. + sign(p.x) * p.z * -500. * mix(.3, 1.2, t), p.z * 260., 3.));
    float body = smoothstep(width, width * .35, abs(p.z - middle)) * smoothstep(-.12, .1, t) * smoothstep(1.08, .85, t);
    return clamp(body * (.74 + .5 * hairs), 0., 1.);
}
vec3 skin(vec3 p, float lips, float lids) {
    vec3 base = vec3(.70, .465, .355) * (.96 + .07 * fbm(p * 170.)) * (.97 + .06 * noise(p * 620.));
    vec2 from_cheek = vec2(abs(p.x) - .046, p.z + .043);
    float cheek = exp(-dot(from_cheek, from_cheek) / .0007);
    float nose = exp(-dot(p.xz + vec2(0., .040), p.xz + vec2(0., .040)) / .00022) * step(p.y, -.02);
    base *= mix(vec3(1.), vec3(1.04, .84, .80), .55 * max(cheek, nose));
    float beard = smoothstep(-.055, -.075, p.z) * smoothstep(-.135, -.115, p.z) * smoothstep(.09, .05, p.y);
    beard *= 1. - lips;
    base *= mix(vec3(1.), vec3(.84, .84, .86), beard * (.35 + .4 * noise(p * 900.)));
    base *= mix(vec3(1.), vec3(.86, .74, .72), max(lids, 0.) * .6);
    vec3 red = vec3(.49, .205, .175) * (.9 + .2 * fbm(p * vec3(900., 300., 200.)));
    base = mix(base, red, smoothstep(.2, .85, lips) * .85);
    float nostril = length(vec2(abs(p.x) - .0085, p.z + .0490) / vec2(.0038, .0022));
    return base * mix(.25, 1., smoothstep(.6, 1.3, nostril + step(p.y, -.0385)));
}
vec3 fabric(vec3 p) {
    float knit = .9 + .2 * noise(p * vec3(1500., 1500., 700.));
    float collar = smoothstep(-.013, -.011, p.z - neckline(p));
    return vec3(.045, .085, .120) * knit * mix(1., .72, collar) * (.85 + .3 * fbm(p * 22.));
}
vec4 hair(vec3 p, vec3 n) {
    float height = hair_height(p);
    if (height < .0012 || marks.w > .3) discard;
    vec3 c = p - vec3(.012, .075, .03);
    float around = atan(c.x, -c.y), down = acos(clamp(normalize(c).z, -1., 1.));
    float sweep = around + .35 * sin(down * 2.5) + .12 * noise(c * 40.);
    float strand = noise(vec3(sweep * 42. * (.35 + sin(down)), down * 5. - shell * 1.5, shell * .5));
    float fine = noise(vec3(sweep * 120. * (.35 + sin(down)), down * 8. - shell * 2., 5.));
    float clump = .6 * strand + .4 * fine;
    float keep = smoothstep(shell * .80 - .10, shell * .80 + .16, clump) * mix(.95, .55, shell);
    float border = smoothstep(-.002, .012, p.z - ragged(p) + .012 * (fine - .5));
    vec3 along = normalize(cross(n, vec3(cos(around), sin(around), .2)));
    vec3 h = normalize(normalize(eye_at - world) + key);
    float kay = pow(max(0., 1. - abs(dot(along, h))), 14.);   // Kajiya and Kay 1989, loosely
    vec3 albedo = mix(vec3(.040, .024, .015), vec3(.115, .068, .040), fine) * (.35 + .75 * shell);
    vec3 lit_hair = shade(albedo, n, .4 + .6 * shell, vec3(.3), 10., 0., mix(1., shadow(), .6));
    return vec4(lit_hair + vec3(.10, .075, .055) * kay * shell * (.4 + fine), keep * border);
}
vec3 iris(vec3 d, out float white) {
    float a = acos(clamp(-d.y, -1., 1.)), around = atan(d.z, d.x);
    vec2 ring = vec2(cos(around), sin(around));
    float fibres = .6 * noise(vec3(ring * 14., a * 5.)) + .4 * noise(vec3(ring * 40., 2.));
    vec3 c = mix(vec3(.085, .046, .020), vec3(.13, .090, .050), fibres) * mix(1.15, .75, smoothstep(.17, .40, a));
    c = mix(c, vec3(.03, .022, .02), smoothstep(.32, .43, a));
    c = mix(vec3(.004), c, smoothstep(.13, .17, a));
    white = smoothstep(.40, .47, a);
    vec3 sclera = mix(vec3(.50, .47, .45), vec3(.46, .29, .26), smoothstep(.60, 1.05, a) * .8);
    return mix(c, sclera, white);
}
vec3 eye(vec3 d, vec3 n) {
    float white;
    vec3 albedo = iris(d, white);
    float lid = (smoothstep(.36, -.05, n.z) * .75 + .25) * mix(1., .75, smoothstep(.25, .55, abs(d.x)));
    vec3 v = normalize(eye_at - world), h = normalize(v + key);
    vec3 c = shade(albedo, n, lid, vec3(.4), 1., 0., mix(1., shadow(), .5) * lid);
    float glint = smoothstep(.994, .997, dot(n, normalize(v + vec3(.5, -.7, .35))));
    float window = smoothstep(.9965, .9985, dot(n, h)) + .25 * glint;
    return c + window * 1.3 * (1. - .6 * white);
}
vec3 tooth(vec3 p, vec3 n) {
    float a = atan(p.x, -(p.y - .022)) / .25;                // one tooth is a quarter of a radian of the arch
    float gap = smoothstep(.0, .16, .5 - abs(fract(a) - .5));
    float gum = smoothstep(.0075, .0095, abs(p.z + .0805));
    float back = smoothstep(.010, -.019, p.y) * mix(1., .55, marks.x);
    vec3 base = mix(vec3(.56, .51, .44) * mix(.72, 1., gap), vec3(.42, .15, .14), gum);
    return shade(base, n, .60 * back * back + .01, vec3(.5), 60., .12, .45 * back * back + .01);
}
void main() {
    vec3 n = normalize(direction);
#if MATERIAL != 3
    if (!gl_FrontFacing) n = -n;
#endif
#if MATERIAL == 0
    float cloth = shirt(still), under = smoothstep(-.004, .012, still.z - ragged(still)) * step(marks.w, .3);
    vec3 base = skin(still, marks.x, marks.y);
    base = mix(base, vec3(.018, .012, .010), brow(still) * .85);
    base = mix(base, vec3(.035, .022, .015), under * .85);
    base = mix(base, fabric(still), cloth);
    float oily = .35 + .5 * exp(-still.x * still.x / .0006);
    float shine = mix(.16 * oily, .42, smoothstep(.3, .9, marks.x)) * (.6 + .8 * noise(still * 1400.));
    shine *= (1. - under) * (1. - .9 * cloth);
    vec3 wrap = mix(vec3(.42, .20, .14), vec3(.2), cloth);
    vec3 c = shade(base, n, marks.z, wrap, mix(22., 38., marks.x), shine, shadow());
    colour = vec4(encode(mix(c, vec3(.030, .006, .005) * (.4 + marks.z), smoothstep(.0, -.6, marks.y))), 1.);
#elif MATERIAL == 1
    colour = vec4(encode(tooth(still, n)), 1.);
#elif MATERIAL == 2
    float reached = mix(.04, .30, smoothstep(.035, -.002, still.y));
    colour = vec4(encode(shade(vec3(.30, .095, .09), n, reached, vec3(.3), 30., .10, .14)), 1.);
#elif MATERIAL == 3
    float along = noise(vec3(still.x * 2600. + still.z * 900., 2., 7.));
    colour = vec4(encode(vec3(.012, .008, .007)), smoothstep(.2, .6, along) * .7);
#elif MATERIAL == 4
    colour = vec4(encode(eye(still, n)), 1.);
#else
    vec4 c = hair(still, n);
    colour = vec4(encode(c.rgb), c.a);
#endif
}
"""
)

DEPTH_VERTEX = """#version 330
in vec3 position; uniform mat4 view;
void main() { gl_Position = view * vec4(position, 1.); }
"""

DEPTH_FRAGMENT = """#version 330
void main() {}
"""

FILL_VERTEX = """#version 330
out vec2 at;
void main() {
    at = vec2(gl_VertexID == 1 ? 2. : 0., gl_VertexID == 2 ? 2. : 0.);
    gl_Position = vec4(at * 2. - 1., 0., 1.);
}
"""

BACKDROP = """#version 330
in vec2 at; uniform sampler2D room; out vec4 colour;
void main() { colour = texture(room, at); }
"""
