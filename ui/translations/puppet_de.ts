<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
  <context>
    <name>Puppet</name>
    <message>
      <location filename="puppet/api/server.py" />
      <source>Port {} cannot be opened for the API: {}; choose another port, or close the program that has it</source>
      <translation>Der Port {} lässt sich für die Schnittstelle nicht öffnen: {}; wählen Sie einen anderen oder schließen Sie das Programm, das ihn hat</translation>
    </message>
    <message>
      <location filename="puppet/assets/packs/face/pack.json" />
      <source>Moves the face of a photograph, painting or drawing by 478 landmarks, shoulders and hair by keypoints it found itself; 256 px, mouth and eyes at 128 and 96 px.</source>
      <translation>Bewegt das Gesicht eines Fotos, Gemäldes oder einer Zeichnung nach 478 Gesichtspunkten, Schultern und Haar nach selbst gefundenen Punkten; 256 Pixel, Mund und Augen mit 128 und 96.</translation>
    </message>
    <message>
      <location filename="puppet/assets/packs/learned/pack.json" />
      <source>FOMM: ten keypoints that it finds by itself, no face tracker needed; trained on faces, tries anything. 256 px.</source>
      <translation>FOMM: zehn selbst gefundene Punkte, ohne Gesichtsverfolgung; mit Gesichtern trainiert, versucht sich an allem. 256 Pixel.</translation>
    </message>
    <message>
      <location filename="puppet/assets/packs/parts/pack.json" />
      <source>Co-part segmentation: parts of a face, found without anybody naming them, for part swap; animates too. 256 px.</source>
      <translation>Co-part segmentation: Teile eines Gesichts, ohne Profile gefunden, für den Teiletausch; animiert auch. 256 Pixel.</translation>
    </message>
    <message>
      <location filename="puppet/cameras/opening.py" />
      <source>Camera "{}": no such camera or video file; known cameras: {}</source>
      <translation>Kamera „{}“: keine solche Kamera oder Videodatei; bekannte Kameras: {}</translation>
    </message>
    <message>
      <location filename="puppet/cameras/streams.py" />
      <source>Camera "{}": expected screen:X,Y,WIDTHxHEIGHT in pixels, like screen:0,0,1280x720</source>
      <translation>Kamera „{}“: erwartet wird screen:X,Y,BREITExHÖHE in Pixeln, etwa screen:0,0,1280x720</translation>
    </message>
    <message>
      <location filename="puppet/cameras/streams.py" />
      <source>Camera "{}": no host in this address; expected one like http://192.168.1.20:8080/video</source>
      <translation>Kamera „{}“: in dieser Adresse fehlt der Rechner; erwartet wird etwa http://192.168.1.20:8080/video</translation>
    </message>
    <message>
      <location filename="puppet/cameras/streams.py" />
      <source>{}: no pictures come ({}); check the other program</source>
      <translation>{}: es kommen keine Bilder ({}); prüfen Sie das andere Programm</translation>
    </message>
    <message>
      <location filename="puppet/cameras/streams.py" />
      <source>{}: the pictures stopped ({}); start them again</source>
      <translation>{}: es kommen keine Bilder mehr ({}); starten Sie sie neu</translation>
    </message>
    <message>
      <location filename="puppet/cameras/streams.py" />
      <source>{}: the screen is read on X11 and Windows only; use OBS and its virtual camera here</source>
      <translation>{}: der Bildschirm lässt sich nur unter X11 und Windows lesen; nehmen Sie hier OBS mit seiner virtuellen Kamera</translation>
    </message>
    <message>
      <location filename="puppet/cameras/streams.py" />
      <source>{}: {}; check address and network</source>
      <translation>{}: {}; prüfen Sie Adresse und Netz</translation>
    </message>
    <message>
      <location filename="puppet/cameras/webcam.py" />
      <source>{} delivers no picture; allow it in System Settings &gt; Privacy, or close its other users</source>
      <translation>{} liefert kein Bild; erlauben Sie sie unter Systemeinstellungen &gt; Datenschutz oder schließen Sie andere Programme, die sie nutzen</translation>
    </message>
    <message>
      <location filename="puppet/cameras/webcam.py" />
      <source>{} is in use by another program, or delivers no picture; close that program and try again</source>
      <translation>{} wird von einem anderen Programm benutzt oder liefert kein Bild; schließen Sie das Programm und versuchen Sie es noch einmal</translation>
    </message>
    <message>
      <location filename="puppet/cameras/webcam.py" />
      <source>{} is not plugged in; plug it in or choose another camera</source>
      <translation>{} ist nicht angeschlossen; schließen Sie sie an oder wählen Sie eine andere Kamera</translation>
    </message>
    <message>
      <location filename="puppet/cameras/webcam.py" />
      <source>{} may not be opened; add yourself to the group video: sudo usermod -aG video $USER</source>
      <translation>{} darf nicht geöffnet werden; nehmen Sie sich in die Gruppe video auf: sudo usermod -aG video $USER</translation>
    </message>
    <message>
      <location filename="puppet/cameras/webcam.py" />
      <source>{} stopped delivering pictures; check that it is plugged in</source>
      <translation>{} liefert keine Bilder mehr; prüfen Sie, ob sie angeschlossen ist</translation>
    </message>
    <message>
      <location filename="puppet/compositing/cutout_process.py" />
      <source>The process that cuts portraits out ended with code {}; {}</source>
      <translation>Der Prozess, der Porträts freistellt, endete mit Code {}; {}</translation>
    </message>
    <message>
      <location filename="puppet/concurrency/guarded_thread.py" />
      <source>The {} thread failed ({}: {}); report this error</source>
      <translation>Der Thread {} ist gescheitert ({}: {}); melden Sie diesen Fehler</translation>
    </message>
    <message>
      <location filename="puppet/config.py" />
      <source>--background none: recording and virtual camera cannot hold transparency; take a snapshot, or use animate with --codec vp9, prores or png</source>
      <translation>Transparenter Hintergrund: Aufnahme und virtuelle Kamera können nicht durchsichtig sein; machen Sie einen Schnappschuss, oder nehmen Sie animate mit --codec vp9, prores oder png</translation>
    </message>
    <message>
      <location filename="puppet/config.py" />
      <source>--background none: {} cannot hold transparency; use --codec {} or {}</source>
      <translation>Transparenter Hintergrund: {} kann nicht durchsichtig sein; nehmen Sie --codec {} oder {}</translation>
    </message>
    <message>
      <location filename="puppet/config.py" />
      <source>--box "{}": expected X,Y,SIDE in pixels, like 320,40,480</source>
      <translation>Rahmen „{}“: erwartet wird X,Y,SEITE in Pixeln, etwa 320,40,480</translation>
    </message>
    <message>
      <location filename="puppet/config.py" />
      <source>--box "{}": expected numbers, and a side of {} to {} pixels</source>
      <translation>Rahmen „{}“: erwartet werden Zahlen, und eine Seite von {} bis {} Pixeln</translation>
    </message>
    <message>
      <location filename="puppet/config.py" />
      <source>--codec "{}" is unknown; known: {}</source>
      <translation>--codec „{}“ ist unbekannt; bekannt: {}</translation>
    </message>
    <message>
      <location filename="puppet/config.py" />
      <source>--ice "{}": expected stun:HOST:PORT or turn:USER:PASSWORD@HOST:PORT</source>
      <translation>--ice „{}“: erwartet wird stun:RECHNER:PORT oder turn:NAME:PASSWORT@RECHNER:PORT</translation>
    </message>
    <message>
      <location filename="puppet/config.py" />
      <source>--neutral "{}": expected {} or the number of a frame, from 0</source>
      <translation>--neutral „{}“: erwartet wird {} oder die Nummer eines Bildes, ab 0</translation>
    </message>
    <message>
      <location filename="puppet/config.py" />
      <source>--overlay "{}" is unknown; known: {}</source>
      <translation>--overlay „{}“ ist unbekannt; bekannt: {}</translation>
    </message>
    <message>
      <location filename="puppet/config.py" />
      <source>--size "{}": expected WIDTHxHEIGHT in pixels, like 1280x720, or {}</source>
      <translation>Größe „{}“: erwartet wird BREITExHÖHE in Pixeln, etwa 1280x720, oder {}</translation>
    </message>
    <message>
      <location filename="puppet/config.py" />
      <source>Microphone's {} is {}; expected {} to {}</source>
      <translation>Mikrofon: {} ist {}; erwartet wird {} bis {}</translation>
    </message>
    <message>
      <location filename="puppet/config.py" />
      <source>Segments "{}": expected numbers, like 2,4</source>
      <translation>Teile „{}“: erwartet werden Zahlen, etwa 2,4</translation>
    </message>
    <message>
      <location filename="puppet/config.py" />
      <source>Size {}x{}: both numbers must be even and from {} to {}</source>
      <translation>Größe {}×{}: beide Zahlen müssen gerade sein und zwischen {} und {} liegen</translation>
    </message>
    <message>
      <location filename="puppet/controls.py" />
      <source>Badge size is {}; expected {} to {}</source>
      <translation>Die Größe des Schilds ist {}; erwartet wird {} bis {}</translation>
    </message>
    <message>
      <location filename="puppet/controls.py" />
      <source>Badge {}: expected one line of 1 to {} characters</source>
      <translation>Schild {}: erwartet wird eine Zeile mit 1 bis {} Zeichen</translation>
    </message>
    <message>
      <location filename="puppet/controls.py" />
      <source>Badge {}: the font has letters without accents only; use these</source>
      <translation>Schild {}: die Schrift hat nur Buchstaben ohne Akzente; nehmen Sie solche</translation>
    </message>
    <message>
      <location filename="puppet/controls.py" />
      <source>Colour "{}": expected #rrggbb, like #00b140</source>
      <translation>Farbe „{}“: erwartet wird #rrggbb, etwa #00b140</translation>
    </message>
    <message>
      <location filename="puppet/controls.py" />
      <source>{} is {}; expected {} to {}</source>
      <translation>{} ist {}; erwartet wird {} bis {}</translation>
    </message>
    <message>
      <location filename="puppet/live/opening.py" />
      <source>The gallery is empty; choose a picture with --avatar</source>
      <translation>Die Galerie ist leer; fügen Sie ein Bild hinzu</translation>
    </message>
    <message>
      <location filename="puppet/live/outputs.py" />
      <source>Instant replay is off; switch it on, and what comes next can be saved</source>
      <translation>Der Rückblick ist aus; schalten Sie ihn ein, dann lässt sich das Folgende sichern</translation>
    </message>
    <message>
      <location filename="puppet/live/outputs.py" />
      <source>{}×{} is used once recording and virtual camera are off</source>
      <translation>{}×{} gilt, sobald Aufnahme und virtuelle Kamera aus sind</translation>
    </message>
    <message>
      <location filename="puppet/live/transparency.py" />
      <source>Recording and virtual camera cannot be transparent; choose another background, or save a snapshot</source>
      <translation>Aufnahme und virtuelle Kamera können nicht durchsichtig sein; wählen Sie einen anderen Hintergrund, oder speichern Sie einen Schnappschuss</translation>
    </message>
    <message>
      <location filename="puppet/media/animation.py" />
      <source>{}: has pictures of {}x{}, above 36 million pixels; make it smaller</source>
      <translation>{}: hat Bilder von {}×{}, mehr als 36 Millionen Pixel; verkleinern Sie sie</translation>
    </message>
    <message>
      <location filename="puppet/media/audio.py" />
      <source>No decoder for this codec</source>
      <translation>Kein Decoder für dieses Format</translation>
    </message>
    <message>
      <location filename="puppet/media/audio.py" />
      <source>No packets in the sound track</source>
      <translation>Die Tonspur ist leer</translation>
    </message>
    <message>
      <location filename="puppet/media/container.py" />
      <source>no pictures</source>
      <translation>keine Bilder</translation>
    </message>
    <message>
      <location filename="puppet/media/container.py" />
      <source>only sound</source>
      <translation>nur Ton</translation>
    </message>
    <message>
      <location filename="puppet/media/container.py" />
      <source>{}: cannot be written ({}); choose another folder</source>
      <translation>{}: lässt sich nicht schreiben ({}); wählen Sie einen anderen Ordner</translation>
    </message>
    <message>
      <location filename="puppet/media/container.py" />
      <source>{}: has frames of {}, above {} million pixels; make it smaller</source>
      <translation>{}: hat Bilder von {}, mehr als {} Millionen Pixel; verkleinern Sie sie</translation>
    </message>
    <message>
      <location filename="puppet/media/container.py" />
      <source>{}: holds no video, {}; choose another file</source>
      <translation>{}: enthält kein Video, {}; wählen Sie eine andere Datei</translation>
    </message>
    <message>
      <location filename="puppet/media/container.py" />
      <source>{}: holds text, not a video; choose another file</source>
      <translation>{}: enthält Text, kein Video; wählen Sie eine andere Datei</translation>
    </message>
    <message>
      <location filename="puppet/media/container.py" />
      <source>{}: is not a video, damaged or cut off ({}); choose another file</source>
      <translation>{}: ist kein Video, beschädigt oder abgeschnitten ({}); wählen Sie eine andere Datei</translation>
    </message>
    <message>
      <location filename="puppet/media/container.py" />
      <source>{}: no decoder for its video; convert it to H.264</source>
      <translation>{}: kein Decoder für dieses Video; wandeln Sie es in H.264 um</translation>
    </message>
    <message>
      <location filename="puppet/media/files.py" />
      <source>No temporary folder can be made ({}); free some space or set TMPDIR to another folder</source>
      <translation>Es lässt sich kein Ordner für Zwischendateien anlegen ({}); schaffen Sie Platz oder setzen Sie TMPDIR auf einen anderen Ordner</translation>
    </message>
    <message>
      <location filename="puppet/media/files.py" />
      <source>{}: cannot be created ({}); create it or check its permissions</source>
      <translation>{}: lässt sich nicht anlegen ({}); legen Sie es an oder prüfen Sie die Rechte</translation>
    </message>
    <message>
      <location filename="puppet/media/files.py" />
      <source>{}: cannot be read ({}); choose another file</source>
      <translation>{}: lässt sich nicht lesen ({}); wählen Sie eine andere Datei</translation>
    </message>
    <message>
      <location filename="puppet/media/files.py" />
      <source>{}: cannot be written ({}); check its permissions</source>
      <translation>{}: lässt sich nicht schreiben ({}); prüfen Sie die Rechte</translation>
    </message>
    <message>
      <location filename="puppet/media/files.py" />
      <source>{}: cannot be written ({}); choose another file</source>
      <translation>{}: lässt sich nicht schreiben ({}); wählen Sie eine andere Datei</translation>
    </message>
    <message>
      <location filename="puppet/media/files.py" />
      <source>{}: cannot be written ({}); choose another name</source>
      <translation>{}: lässt sich nicht schreiben ({}); wählen Sie einen anderen Namen</translation>
    </message>
    <message>
      <location filename="puppet/media/files.py" />
      <source>{}: exists already; choose another name, or give --overwrite where the command has it</source>
      <translation>{}: gibt es schon; wählen Sie einen anderen Namen</translation>
    </message>
    <message>
      <location filename="puppet/media/files.py" />
      <source>{}: found extension {}; use one of {}</source>
      <translation>{}: die Endung ist {}; nehmen Sie eine von {}</translation>
    </message>
    <message>
      <location filename="puppet/media/files.py" />
      <source>{}: is a folder, not a {}; give a file</source>
      <translation>{}: ist ein Ordner, kein {}; wählen Sie eine Datei</translation>
    </message>
    <message>
      <location filename="puppet/media/files.py" />
      <source>{}: is a {}; give the name of a file</source>
      <translation>{}: ist ein {}; geben Sie den Namen einer Datei an</translation>
    </message>
    <message>
      <location filename="puppet/media/files.py" />
      <source>{}: is empty (0 bytes), not a {}; choose another file</source>
      <translation>{}: ist leer (0 Bytes), kein {}; wählen Sie eine andere Datei</translation>
    </message>
    <message>
      <location filename="puppet/media/files.py" />
      <source>{}: no such file; check the path</source>
      <translation>{}: keine solche Datei; prüfen Sie den Pfad</translation>
    </message>
    <message>
      <location filename="puppet/media/files.py" />
      <source>{}: no such folder; create it first</source>
      <translation>{}: kein solcher Ordner; legen Sie ihn zuerst an</translation>
    </message>
    <message>
      <location filename="puppet/media/formats.py" />
      <source>holds text, not a picture</source>
      <translation>enthält Text, kein Bild</translation>
    </message>
    <message>
      <location filename="puppet/media/formats.py" />
      <source>is not a picture of a known format</source>
      <translation>ist kein Bild eines bekannten Formats</translation>
    </message>
    <message>
      <location filename="puppet/media/formats.py" />
      <source>{}: {}; give a JPEG, PNG, WebP, AVIF, HEIC, BMP, GIF or TIFF</source>
      <translation>{}: {}; nehmen Sie JPEG, PNG, WebP, AVIF, HEIC, BMP, GIF oder TIFF</translation>
    </message>
    <message>
      <location filename="puppet/media/leftovers.py" />
      <source>incomplete files were removed: {}</source>
      <translation>unfertige Dateien wurden entfernt: {}</translation>
    </message>
    <message>
      <location filename="puppet/media/leftovers.py" />
      <source>what it rendered is kept as {}, the same command renders the whole</source>
      <translation>das Fertige bleibt als {} erhalten, derselbe Befehl macht es ganz</translation>
    </message>
    <message>
      <location filename="puppet/media/leftovers.py" />
      <source>{}: an earlier run was ended before it had finished; {}</source>
      <translation>{}: ein früherer Lauf wurde beendet, bevor er fertig war; {}</translation>
    </message>
    <message>
      <location filename="puppet/media/pictures.py" />
      <source>{}: a TIFF of {} cannot be read; save it as PNG</source>
      <translation>{}: ein TIFF mit {} lässt sich nicht lesen; speichern Sie es als PNG</translation>
    </message>
    <message>
      <location filename="puppet/media/pictures.py" />
      <source>{}: has more than {} million pixels; make it smaller</source>
      <translation>{}: hat mehr als {} Millionen Pixel; verkleinern Sie es</translation>
    </message>
    <message>
      <location filename="puppet/media/pictures.py" />
      <source>{}: the picture is damaged or cut off ({}); choose another</source>
      <translation>{}: das Bild ist beschädigt oder abgeschnitten ({}); wählen Sie ein anderes</translation>
    </message>
    <message>
      <location filename="puppet/media/pictures.py" />
      <source>{}: the picture is damaged, or of a rare kind of its format; save it as PNG or JPEG</source>
      <translation>{}: das Bild ist beschädigt oder in einer seltenen Art gespeichert; speichern Sie es als PNG oder JPEG</translation>
    </message>
    <message>
      <location filename="puppet/media/pictures.py" />
      <source>{}: the picture is {}; both sides must be at least {} pixels</source>
      <translation>{}: das Bild hat {}; beide Seiten brauchen mindestens {} Pixel</translation>
    </message>
    <message>
      <location filename="puppet/media/pictures.py" />
      <source>{}: {} pixels need {} GB, more than 1 GB; make the picture smaller</source>
      <translation>{}: {} Pixel brauchen {} GB, mehr als 1 GB; verkleinern Sie das Bild</translation>
    </message>
    <message>
      <location filename="puppet/media/portrait_file.py" />
      <source>{}: has version {} of portrait files, this Puppet reads 1; update Puppet</source>
      <translation>{}: hat Version {} der Porträtdateien, dieses Puppet liest 1; aktualisieren Sie Puppet</translation>
    </message>
    <message>
      <location filename="puppet/media/portrait_file.py" />
      <source>{}: the portrait file is damaged ({} is no picture); make it again</source>
      <translation>{}: die Porträtdatei ist beschädigt ({} ist kein Bild); erstellen Sie sie neu</translation>
    </message>
    <message>
      <location filename="puppet/media/portrait_file.py" />
      <source>{}: the portrait file is damaged ({} was changed); make it again</source>
      <translation>{}: die Porträtdatei ist beschädigt ({} wurde verändert); erstellen Sie sie neu</translation>
    </message>
    <message>
      <location filename="puppet/media/portrait_file.py" />
      <source>{}: the portrait file is damaged ({}); make it again</source>
      <translation>{}: die Porträtdatei ist beschädigt ({}); erstellen Sie sie neu</translation>
    </message>
    <message>
      <location filename="puppet/media/samples.py" />
      <source>{}: a TIFF of uncompressed YCbCr with subsampled colour cannot be read; save it as PNG</source>
      <translation>{}: ein TIFF aus unkomprimiertem YCbCr mit verkleinerten Farben lässt sich nicht lesen; speichern Sie es als PNG</translation>
    </message>
    <message>
      <location filename="puppet/media/samples.py" />
      <source>{}: a TIFF of {}-bit {} in planes cannot be read; save it as PNG</source>
      <translation>{}: ein TIFF aus {}-Bit-{} in Ebenen lässt sich nicht lesen; speichern Sie es als PNG</translation>
    </message>
    <message>
      <location filename="puppet/media/slow_pictures.py" />
      <source>{}: has {} scans of {}x{} pixels; save it as a baseline JPEG</source>
      <translation>{}: hat {} Durchgänge von {}×{} Pixeln; speichern Sie es als einfaches JPEG</translation>
    </message>
    <message>
      <location filename="puppet/media/slow_pictures.py" />
      <source>{}: has {} tiles, more than {}; save it with larger ones</source>
      <translation>{}: hat {} Kacheln, mehr als {}; speichern Sie es mit größeren</translation>
    </message>
    <message>
      <location filename="puppet/media/slow_pictures.py" />
      <source>{}: its header is longer than {} bytes; save the picture as PNG</source>
      <translation>{}: der Kopf ist länger als {} Bytes; speichern Sie das Bild als PNG</translation>
    </message>
    <message>
      <location filename="puppet/media/video.py" />
      <source>{}: is being written already; choose another name</source>
      <translation>{}: wird gerade schon geschrieben; wählen Sie einen anderen Namen</translation>
    </message>
    <message>
      <location filename="puppet/media/video.py" />
      <source>{}: was deleted or moved while it was written; begin again</source>
      <translation>{}: wurde während des Schreibens gelöscht oder verschoben; beginnen Sie neu</translation>
    </message>
    <message>
      <location filename="puppet/media/video_codecs.py" />
      <source>Codec {} is unknown; known: {}</source>
      <translation>Der Codec {} ist unbekannt; bekannt: {}</translation>
    </message>
    <message>
      <location filename="puppet/media/video_codecs.py" />
      <source>{}: {} needs another container; use the extension {}</source>
      <translation>{}: {} braucht einen anderen Behälter; nehmen Sie die Endung {}</translation>
    </message>
    <message>
      <location filename="puppet/media/video_reader.py" />
      <source>cut off after {} of {} s</source>
      <translation>abgeschnitten nach {} von {} s</translation>
    </message>
    <message>
      <location filename="puppet/media/video_reader.py" />
      <source>{}: is {}; choose another file</source>
      <translation>{}: ist {}; wählen Sie eine andere Datei</translation>
    </message>
    <message>
      <location filename="puppet/media/video_reader.py" />
      <source>{}: the file is {}; choose another file</source>
      <translation>{}: die Datei ist {}; wählen Sie eine andere</translation>
    </message>
    <message>
      <location filename="puppet/media/video_reader.py" />
      <source>{}: the video has no frame, it is damaged or cut off; choose another file</source>
      <translation>{}: das Video hat kein Bild, es ist beschädigt oder abgeschnitten; wählen Sie eine andere Datei</translation>
    </message>
    <message>
      <location filename="puppet/microphones/ffmpeg_input.py" />
      <source>{}: cannot be opened ({}); allow the microphone in the settings</source>
      <translation>{}: lässt sich nicht öffnen ({}); erlauben Sie das Mikrofon in den Einstellungen</translation>
    </message>
    <message>
      <location filename="puppet/microphones/ffmpeg_input.py" />
      <source>{}: stopped ({}); plug it in again</source>
      <translation>{}: liefert nichts mehr ({}); schließen Sie es neu an</translation>
    </message>
    <message>
      <location filename="puppet/microphones/opening.py" />
      <source>Microphone "{}": no such device; known microphones: {}</source>
      <translation>Mikrofon „{}“: kein solches Gerät; bekannte Mikrofone: {}</translation>
    </message>
    <message>
      <location filename="puppet/microphones/pulse.py" />
      <source>The library libpulse-simple is missing; install libpulse0</source>
      <translation>Die Bibliothek libpulse-simple fehlt; installieren Sie libpulse0</translation>
    </message>
    <message>
      <location filename="puppet/microphones/pulse.py" />
      <source>{}: cannot be opened ({}); check its permissions</source>
      <translation>{}: lässt sich nicht öffnen ({}); prüfen Sie die Rechte</translation>
    </message>
    <message>
      <location filename="puppet/microphones/pulse.py" />
      <source>{}: was unplugged; plug it in again</source>
      <translation>{}: wurde getrennt; schließen Sie es wieder an</translation>
    </message>
    <message>
      <location filename="puppet/microphones/pulse.py" />
      <source>{}; allow microphones in the system's settings</source>
      <translation>{}; erlauben Sie Mikrofone in den Einstellungen des Systems</translation>
    </message>
    <message>
      <location filename="puppet/packs.py" />
      <source>Cannot read {}: {}; choose a folder with a pack's manifest</source>
      <translation>{} lässt sich nicht lesen: {}; wählen Sie einen Ordner mit der Karte eines Modellpakets</translation>
    </message>
    <message>
      <location filename="puppet/packs.py" />
      <source>Cannot write the pack {}: {}; choose another folder</source>
      <translation>Das Modellpaket {} lässt sich nicht schreiben: {}; wählen Sie einen anderen Ordner</translation>
    </message>
    <message>
      <location filename="puppet/packs.py" />
      <source>No pack is named {}, and no such folder has a {}; known packs: {}</source>
      <translation>Kein Modellpaket heißt {}, und in keinem solchen Ordner liegt {}; bekannte Modellpakete: {}</translation>
    </message>
    <message>
      <location filename="puppet/packs.py" />
      <source>Pack {} has no file {}; it lists {}</source>
      <translation>Dem Modellpaket {} fehlt die Datei {}; es nennt {}</translation>
    </message>
    <message>
      <location filename="puppet/packs.py" />
      <source>Pack {}: {} is damaged ({}); install the pack again</source>
      <translation>Modellpaket {}: {} ist beschädigt ({}); installieren Sie das Modellpaket neu</translation>
    </message>
    <message>
      <location filename="puppet/packs.py" />
      <source>Pack {}: {}; install the pack again</source>
      <translation>Modellpaket {}: {}; installieren Sie das Modellpaket neu</translation>
    </message>
    <message>
      <location filename="puppet/packs.py" />
      <source>{} exists already; choose another folder or remove it</source>
      <translation>{} gibt es schon; wählen Sie einen anderen Ordner oder entfernen Sie ihn</translation>
    </message>
    <message>
      <location filename="puppet/packs.py" />
      <source>{} holds control characters; expected plain text</source>
      <translation>{} enthält Steuerzeichen; erwartet wird einfacher Text</translation>
    </message>
    <message>
      <location filename="puppet/packs.py" />
      <source>{} in precisions; expected some of {}</source>
      <translation>{} unter precisions; erwartet werden einige von {}</translation>
    </message>
    <message>
      <location filename="puppet/packs.py" />
      <source>{} is not a JSON object; install the pack again</source>
      <translation>{} ist kein JSON-Objekt; installieren Sie das Modellpaket neu</translation>
    </message>
    <message>
      <location filename="puppet/packs.py" />
      <source>{} is not valid JSON: {}; install the pack again</source>
      <translation>{} ist kein gültiges JSON: {}; installieren Sie das Modellpaket neu</translation>
    </message>
    <message>
      <location filename="puppet/packs.py" />
      <source>{} is {}; expected a plain file name</source>
      <translation>{} ist {}; erwartet wird ein einfacher Dateiname</translation>
    </message>
    <message>
      <location filename="puppet/packs.py" />
      <source>{}: format is {}; expected {}</source>
      <translation>{}: das Format ist {}; erwartet wird {}</translation>
    </message>
    <message>
      <location filename="puppet/packs.py" />
      <source>{}: format {} is newer than this program's {}; update Puppet</source>
      <translation>{}: das Format {} ist neuer als {} in diesem Programm; aktualisieren Sie Puppet</translation>
    </message>
    <message>
      <location filename="puppet/packs.py" />
      <source>{}: {} in files; expected a plain file name and its SHA-256</source>
      <translation>{}: {} unter files; erwartet werden ein einfacher Dateiname und sein SHA-256</translation>
    </message>
    <message>
      <location filename="puppet/pipeline/opening.py" />
      <source>--box: the pack {} uses face landmarks; choose a pack that detects keypoints itself</source>
      <translation>Rahmen: das Modellpaket {} folgt Gesichtspunkten; wählen Sie eines, das selbst Punkte findet</translation>
    </message>
    <message>
      <location filename="puppet/pipeline/performer.py" />
      <source>The box lies outside of the {}x{} picture; choose another --box</source>
      <translation>Der Rahmen liegt außerhalb des Bildes von {}×{}; wählen Sie einen anderen</translation>
    </message>
    <message>
      <location filename="puppet/pipeline/puppeteer.py" />
      <source>No portrait is shown yet; choose one</source>
      <translation>Noch ist kein Porträt zu sehen; wählen Sie eines</translation>
    </message>
    <message>
      <location filename="puppet/pipeline/puppeteer.py" />
      <source>The frame of the neutral pose shows no face; choose another with --neutral</source>
      <translation>Das Bild der neutralen Haltung zeigt kein Gesicht; wählen Sie ein anderes mit --neutral</translation>
    </message>
    <message>
      <location filename="puppet/portraits/candidates.py" />
      <source>{}: has changed meanwhile; make the portrait again</source>
      <translation>{}: hat sich inzwischen geändert; erstellen Sie das Porträt neu</translation>
    </message>
    <message>
      <location filename="puppet/portraits/making.py" />
      <source>{}: no face found; choose pictures that show a face from the front</source>
      <translation>{}: kein Gesicht gefunden; wählen Sie Bilder, die ein Gesicht von vorn zeigen</translation>
    </message>
    <message>
      <location filename="puppet/portraits/making.py" />
      <source>{}: no usable picture shows the face from the front{}; add one that does</source>
      <translation>{}: kein brauchbares Bild zeigt das Gesicht von vorn{}; fügen Sie eines hinzu</translation>
    </message>
    <message>
      <location filename="puppet/remote/connection.py" />
      <source>Connecting to {}</source>
      <translation>Verbinden mit {}</translation>
    </message>
    <message>
      <location filename="puppet/remote/connection.py" />
      <source>The connection to {} is lost; connecting again</source>
      <translation>Die Verbindung zu {} ist unterbrochen; sie wird neu aufgebaut</translation>
    </message>
    <message>
      <location filename="puppet/remote/connection.py" />
      <source>{} answers, but no packets pass between the machines; name a STUN or TURN server with --ice at both ends</source>
      <translation>{} antwortet, aber zwischen den Rechnern kommen keine Pakete durch; an beiden Enden einen STUN- oder TURN-Server mit --ice nennen</translation>
    </message>
    <message>
      <location filename="puppet/remote/connection.py" />
      <source>{} sends something else than messages; update both machines</source>
      <translation>{} sendet keine Nachrichten, sondern etwas anderes; aktualisieren Sie beide Rechner</translation>
    </message>
    <message>
      <location filename="puppet/remote/connection.py" />
      <source>{} sent an unexpected message; update both machines</source>
      <translation>{} hat eine unerwartete Nachricht gesendet; aktualisieren Sie beide Rechner</translation>
    </message>
    <message>
      <location filename="puppet/remote/discovery.py" />
      <source>The network cannot be asked for machines ({}); name one</source>
      <translation>Im Netz lässt sich nicht nach Rechnern fragen ({}); nennen Sie einen</translation>
    </message>
    <message>
      <location filename="puppet/remote/discovery.py" />
      <source>This machine cannot be announced ({}); start it without --announce</source>
      <translation>Dieser Rechner lässt sich nicht ankündigen ({}); starten Sie ihn ohne --announce</translation>
    </message>
    <message>
      <location filename="puppet/remote/opening.py" />
      <source>Found {}; name one, or start one with serve --announce</source>
      <translation>Gefunden: {}; nennen Sie einen, oder starten Sie einen mit serve --announce</translation>
    </message>
    <message>
      <location filename="puppet/remote/opening.py" />
      <source>Port {} cannot be used ({}); choose another with --port</source>
      <translation>Der Port {} ist nicht nutzbar ({}); wählen Sie einen anderen mit --port</translation>
    </message>
    <message>
      <location filename="puppet/remote/opening.py" />
      <source>Rendering on another machine needs more packages; install them with {}</source>
      <translation>Das Rechnen auf einem anderen Rechner braucht weitere Pakete; installieren Sie sie mit {}</translation>
    </message>
    <message>
      <location filename="puppet/remote/pairing.py" />
      <source>The other machine sent no message of pairing; update both machines</source>
      <translation>Der andere Rechner hat keine Nachricht zum Koppeln gesendet; aktualisieren Sie beide Rechner</translation>
    </message>
    <message>
      <location filename="puppet/remote/pairing.py" />
      <source>{}: cannot be read ({}); remove it and pair again</source>
      <translation>{}: lässt sich nicht lesen ({}); entfernen Sie es und koppeln Sie neu</translation>
    </message>
    <message>
      <location filename="puppet/remote/pairing.py" />
      <source>{}: cannot be written ({}); make room or change it</source>
      <translation>{}: lässt sich nicht schreiben ({}); schaffen Sie Platz oder ändern Sie es</translation>
    </message>
    <message>
      <location filename="puppet/remote/renderer.py" />
      <source>{}: cannot be read ({}); make room for temporary files</source>
      <translation>{}: lässt sich nicht lesen ({}); schaffen Sie Platz für Zwischendateien</translation>
    </message>
    <message>
      <location filename="puppet/remote/renderer.py" />
      <source>{}: its pictures come more than {} ms late</source>
      <translation>{}: die Bilder kommen mehr als {} ms zu spät</translation>
    </message>
    <message>
      <location filename="puppet/remote/signalling.py" />
      <source>--remote "{}": expected HOST or HOST:PORT, like 192.168.1.20:{}</source>
      <translation>Rechner „{}“: erwartet wird RECHNER oder RECHNER:PORT, etwa 192.168.1.20:{}</translation>
    </message>
    <message>
      <location filename="puppet/remote/signalling.py" />
      <source>{}: another program answers there; name the port of `puppet serve`</source>
      <translation>{}: dort antwortet ein anderes Programm; den Port von `puppet serve` nennen</translation>
    </message>
    <message>
      <location filename="puppet/remote/signalling.py" />
      <source>{}: cannot be reached ({}); start `puppet serve` there</source>
      <translation>{}: ist nicht zu erreichen ({}); starten Sie dort `puppet serve`</translation>
    </message>
    <message>
      <location filename="puppet/remote/signalling.py" />
      <source>{}: has Puppet {} with protocol {}, this machine {} with {}; update the older one</source>
      <translation>{}: hat Puppet {} mit Protokoll {}, dieser Rechner {} mit {}; aktualisieren Sie das ältere</translation>
    </message>
    <message>
      <location filename="puppet/remote/signalling.py" />
      <source>{}: its answer is not signed with the key of the pairing; pair again</source>
      <translation>{}: die Antwort ist nicht mit dem Schlüssel der Kopplung unterschrieben; koppeln Sie neu</translation>
    </message>
    <message>
      <location filename="puppet/remote/signalling.py" />
      <source>{}: renders with the pack {}, this machine has {} or another version of it; start both with the same pack</source>
      <translation>{}: rechnet mit dem Modellpaket {}, dieser Rechner hat {} oder eine andere Fassung davon; starten Sie beide mit demselben Modellpaket</translation>
    </message>
    <message>
      <location filename="puppet/remote/signalling.py" />
      <source>{}: the code is not the one it shows; type it again</source>
      <translation>{}: der Code ist nicht der angezeigte; geben Sie ihn noch einmal ein</translation>
    </message>
    <message>
      <location filename="puppet/remote/signalling.py" />
      <source>{}: this machine is not paired with it; run: {} pair {}</source>
      <translation>{}: dieser Rechner ist nicht mit ihm gekoppelt; rufen Sie auf: {} pair {}</translation>
    </message>
    <message>
      <location filename="puppet/sinks/camera_setup.py" />
      <source>Close the programs that use the virtual camera first</source>
      <translation>Schließen Sie zuerst die Programme, die die virtuelle Kamera benutzen</translation>
    </message>
    <message>
      <location filename="puppet/sinks/camera_setup.py" />
      <source>Install OBS Studio from obsproject.com</source>
      <translation>Installieren Sie OBS Studio von obsproject.com</translation>
    </message>
    <message>
      <location filename="puppet/sinks/camera_setup.py" />
      <source>Install v4l2loopback with your distribution's packages, then run: {}</source>
      <translation>Installieren Sie v4l2loopback aus den Paketen Ihrer Distribution, dann rufen Sie auf: {}</translation>
    </message>
    <message>
      <location filename="puppet/sinks/camera_setup.py" />
      <source>Log out and in again afterwards</source>
      <translation>Melden Sie sich danach ab und wieder an</translation>
    </message>
    <message>
      <location filename="puppet/sinks/camera_setup.py" />
      <source>Open it, press Start virtual camera, allow what the system asks for, press Stop virtual camera, close it</source>
      <translation>Öffnen Sie es, drücken Sie „Virtuelle Kamera starten“, erlauben Sie, wonach das System fragt, beenden Sie die virtuelle Kamera und schließen Sie es</translation>
    </message>
    <message>
      <location filename="puppet/sinks/camera_setup.py" />
      <source>Restart the programs that should show the camera</source>
      <translation>Starten Sie die Programme neu, die die Kamera zeigen sollen</translation>
    </message>
    <message>
      <location filename="puppet/sinks/camera_setup.py" />
      <source>Secure Boot is on: the kernel loads signed modules only. While the package is installed you are asked for a password; restart, choose Enroll MOK in the blue screen, type the password, and run this command again</source>
      <translation>Secure Boot ist an: der Kernel lädt nur signierte Module. Beim Installieren des Pakets werden Sie nach einem Passwort gefragt; starten Sie neu, wählen Sie im blauen Bildschirm „Enroll MOK“, geben Sie das Passwort ein und rufen Sie diesen Befehl noch einmal auf</translation>
    </message>
    <message>
      <location filename="puppet/sinks/camera_setup.py" />
      <source>the kernel module v4l2loopback is not installed for the kernel {}</source>
      <translation>das Kernel-Modul v4l2loopback ist für den Kernel {} nicht installiert</translation>
    </message>
    <message>
      <location filename="puppet/sinks/camera_setup.py" />
      <source>the kernel {} loads no modules, as in a container; set the camera up on its host</source>
      <translation>der Kernel {} lädt keine Module, wie in einem Container; richten Sie die Kamera auf dem Rechner darunter ein</translation>
    </message>
    <message>
      <location filename="puppet/sinks/camera_setup.py" />
      <source>v4l2loopback is installed for the kernel {}</source>
      <translation>v4l2loopback ist für den Kernel {} installiert</translation>
    </message>
    <message>
      <location filename="puppet/sinks/camera_setup.py" />
      <source>v4l2loopback is loaded, but has no device</source>
      <translation>v4l2loopback ist geladen, hat aber kein Gerät</translation>
    </message>
    <message>
      <location filename="puppet/sinks/camera_setup.py" />
      <source>v4l2loopback was loaded without exclusive_caps</source>
      <translation>v4l2loopback wurde ohne exclusive_caps geladen</translation>
    </message>
    <message>
      <location filename="puppet/sinks/camera_setup.py" />
      <source>{} has no virtual camera that Puppet knows</source>
      <translation>{} hat keine virtuelle Kamera, die Puppet kennt</translation>
    </message>
    <message>
      <location filename="puppet/sinks/camera_setup.py" />
      <source>{}, until the next restart</source>
      <translation>{}, bis zum nächsten Neustart</translation>
    </message>
    <message>
      <location filename="puppet/sinks/recorder.py" />
      <source>The disk has room for {} of recording; free some space</source>
      <translation>Auf dem Datenträger ist noch Platz für {} Aufnahme; schaffen Sie Platz</translation>
    </message>
    <message>
      <location filename="puppet/sinks/recorder.py" />
      <source>The end of the recording is missing: {}</source>
      <translation>Das Ende der Aufnahme fehlt: {}</translation>
    </message>
    <message>
      <location filename="puppet/sinks/recorder.py" />
      <source>The recording stopped: {}{}</source>
      <translation>Die Aufnahme hat aufgehört: {}{}</translation>
    </message>
    <message>
      <location filename="puppet/sinks/recorder.py" />
      <source>The recording was finished because the disk is nearly full: {}; free some space</source>
      <translation>Die Aufnahme wurde beendet, weil der Datenträger fast voll ist: {}; schaffen Sie Platz</translation>
    </message>
    <message>
      <location filename="puppet/sinks/recorder.py" />
      <source>{} more minutes</source>
      <translation>{} Minuten</translation>
    </message>
    <message>
      <location filename="puppet/sinks/recorder.py" />
      <source>{} more seconds</source>
      <translation>{} Sekunden</translation>
    </message>
    <message>
      <location filename="puppet/sinks/replay.py" />
      <source>Instant replay: encoding stopped ({}); switch it on again</source>
      <translation>Rückblick: das Kodieren hat aufgehört ({}); schalten Sie ihn wieder ein</translation>
    </message>
    <message>
      <location filename="puppet/sinks/replay.py" />
      <source>Nothing to save yet: the replay begins with the next picture; try again in a moment</source>
      <translation>Noch gibt es nichts zu sichern: der Rückblick beginnt mit dem nächsten Bild; versuchen Sie es gleich noch einmal</translation>
    </message>
    <message>
      <location filename="puppet/sinks/replay.py" />
      <source>The replay is not saved: {}</source>
      <translation>Der Rückblick ist nicht gesichert: {}</translation>
    </message>
    <message>
      <location filename="puppet/sinks/sink_set.py" />
      <source>The session has ended; start it again first</source>
      <translation>Die Sitzung ist zu Ende; starten Sie sie zuerst neu</translation>
    </message>
    <message>
      <location filename="puppet/sinks/sink_set.py" />
      <source>{}: already on; stop it first</source>
      <translation>{}: ist schon an; beenden Sie es zuerst</translation>
    </message>
    <message>
      <location filename="puppet/sinks/sink_worker.py" />
      <source>{}: failed ({}: {}); report this error</source>
      <translation>{}: ist gescheitert ({}: {}); melden Sie diesen Fehler</translation>
    </message>
    <message>
      <location filename="puppet/sinks/virtual_camera.py" />
      <source>No virtual camera: pyvirtualcam cannot be loaded ({}); {}</source>
      <translation>Keine virtuelle Kamera: pyvirtualcam lässt sich nicht laden ({}); {}</translation>
    </message>
    <message>
      <location filename="puppet/sinks/virtual_camera.py" />
      <source>No virtual camera{} ({}); {}</source>
      <translation>Keine virtuelle Kamera{} ({}); {}</translation>
    </message>
    <message>
      <location filename="puppet/sinks/virtual_camera.py" />
      <source>install OBS Studio (obsproject.com), start its virtual camera once, stop it, and try again</source>
      <translation>installieren Sie OBS Studio (obsproject.com), starten Sie seine virtuelle Kamera einmal, beenden Sie sie und versuchen Sie es noch einmal</translation>
    </message>
    <message>
      <location filename="puppet/sinks/virtual_camera.py" />
      <source>install {}</source>
      <translation>installieren Sie {}</translation>
    </message>
    <message>
      <location filename="puppet/sinks/virtual_camera.py" />
      <source>set one up: {}</source>
      <translation>richten Sie eine ein: {}</translation>
    </message>
    <message>
      <location filename="puppet/sinks/virtual_camera.py" />
      <source>this system has none</source>
      <translation>dieses System hat keine</translation>
    </message>
    <message>
      <location filename="puppet/sinks/virtual_camera.py" />
      <source>{}: closed; open it again</source>
      <translation>{}: ist geschlossen; öffnen Sie sie neu</translation>
    </message>
    <message>
      <location filename="puppet/sinks/virtual_camera.py" />
      <source>{}: stopped ({}); it is tried again until it is back</source>
      <translation>{}: unterbrochen ({}); es wird versucht, bis sie wieder da ist</translation>
    </message>
    <message>
      <location filename="puppet/takes/motion_log.py" />
      <source>{}: motion log of version {}, expected {}; record it again</source>
      <translation>{}: Bewegungsprotokoll der Version {}, erwartet wird {}; nehmen Sie es neu auf</translation>
    </message>
    <message>
      <location filename="puppet/takes/motion_log.py" />
      <source>{}: no motion log, or damaged; record it again</source>
      <translation>{}: kein Bewegungsprotokoll, oder beschädigt; nehmen Sie es neu auf</translation>
    </message>
    <message>
      <location filename="puppet/takes/take.py" />
      <source>Name "{}" cannot be used for a take; use letters, numbers and spaces</source>
      <translation>Der Name „{}“ taugt nicht für einen Take; nehmen Sie Buchstaben, Ziffern und Leerzeichen</translation>
    </message>
    <message>
      <location filename="puppet/takes/take.py" />
      <source>{}: an earlier run was ended while it was recorded; {} s are kept</source>
      <translation>{}: ein früherer Lauf wurde während der Aufnahme beendet; {} s bleiben erhalten</translation>
    </message>
    <message>
      <location filename="puppet/takes/take.py" />
      <source>{}: cannot be deleted ({}); check its permissions</source>
      <translation>{}: lässt sich nicht löschen ({}); prüfen Sie die Rechte</translation>
    </message>
    <message>
      <location filename="puppet/takes/take.py" />
      <source>{}: cannot be renamed ({}); check its permissions</source>
      <translation>{}: lässt sich nicht umbenennen ({}); prüfen Sie die Rechte</translation>
    </message>
    <message>
      <location filename="puppet/takes/take.py" />
      <source>{}: cannot be restored ({}); move it by hand</source>
      <translation>{}: lässt sich nicht wiederherstellen ({}); verschieben Sie es von Hand</translation>
    </message>
    <message>
      <location filename="puppet/takes/take.py" />
      <source>{}: exists already; choose another name</source>
      <translation>{}: gibt es schon; wählen Sie einen anderen Namen</translation>
    </message>
    <message>
      <location filename="puppet/takes/take.py" />
      <source>{}: is damaged; the video beside it can still be played</source>
      <translation>{}: ist beschädigt; das Video daneben lässt sich noch abspielen</translation>
    </message>
    <message>
      <location filename="puppet/takes/take.py" />
      <source>{}: is no take ({}: {}); choose another folder</source>
      <translation>{}: ist kein Take ({}: {}); wählen Sie einen anderen Ordner</translation>
    </message>
    <message>
      <location filename="puppet/takes/take.py" />
      <source>{}: is not finished yet ({}); start again once its folder can be written</source>
      <translation>{}: ist noch nicht fertig ({}); starten Sie neu, sobald der Ordner beschreibbar ist</translation>
    </message>
    <message>
      <location filename="puppet/takes/take.py" />
      <source>{}: is of version {}, expected {}; use the Puppet that recorded it</source>
      <translation>{}: hat Version {}, erwartet wird {}; nehmen Sie das Puppet, das ihn aufgenommen hat</translation>
    </message>
    <message>
      <location filename="puppet/takes/take.py" />
      <source>{}: no such file; the take lost its video</source>
      <translation>{}: keine solche Datei; dem Take fehlt sein Video</translation>
    </message>
    <message>
      <location filename="puppet/tracking/networks/files.py" />
      <source>MediaPipe's networks, which find faces, are not installed; {}, or install {}</source>
      <translation>MediaPipes Netze, die Gesichter finden, sind nicht installiert; {}, oder installieren Sie {}</translation>
    </message>
    <message>
      <location filename="puppet/tracking/networks/files.py" />
      <source>{}: another network than expected ({}); install {} again</source>
      <translation>{}: ein anderes Netz als erwartet ({}); installieren Sie {} neu</translation>
    </message>
    <message>
      <location filename="puppet/tracking/networks/files.py" />
      <source>{}: cannot be translated ({}); install {} again</source>
      <translation>{}: lässt sich nicht übersetzen ({}); installieren Sie {} neu</translation>
    </message>
    <message>
      <location filename="puppet/tracking/networks/files.py" />
      <source>{}: cannot read {} ({}); install {} again</source>
      <translation>{}: {} lässt sich nicht lesen ({}); installieren Sie {} neu</translation>
    </message>
    <message>
      <location filename="puppet/tracking/networks/opening.py" />
      <source>Cannot run the network {}, which finds faces: {}</source>
      <translation>Das Netz {}, das Gesichter findet, läuft nicht: {}</translation>
    </message>
    <message>
      <location filename="puppet/tracking/tracker.py" />
      <source>No face found in this {}x{} picture; choose one that shows a face from the front</source>
      <translation>Kein Gesicht in diesem Bild von {}×{} gefunden; wählen Sie eines, das ein Gesicht von vorn zeigt</translation>
    </message>
    <message>
      <location filename="puppet/tracking/tracker.py" />
      <source>so its expressions are coarse</source>
      <translation>daher ist die Mimik grob</translation>
    </message>
    <message>
      <location filename="puppet/tracking/tracker.py" />
      <source>too small to follow</source>
      <translation>zu klein, um ihm zu folgen</translation>
    </message>
    <message>
      <location filename="puppet/userdata/api_grants.py" />
      <source>{}: the plug-ins cannot be written: {}</source>
      <translation>{}: die Plug-ins lassen sich nicht schreiben: {}</translation>
    </message>
    <message>
      <location filename="puppet/userdata/calibrations.py" />
      <source>{}: the calibrations cannot be written: {}</source>
      <translation>{}: die Kalibrierungen lassen sich nicht schreiben: {}</translation>
    </message>
    <message>
      <location filename="puppet/userdata/gallery.py" />
      <source>No portrait and no picture file is called “{}”; known portraits: {}</source>
      <translation>Kein Porträt und keine Bilddatei heißt „{}“; bekannte Porträts: {}</translation>
    </message>
    <message>
      <location filename="puppet/userdata/gallery.py" />
      <source>{} cannot be deleted: {}</source>
      <translation>{} lässt sich nicht löschen: {}</translation>
    </message>
    <message>
      <location filename="puppet/userdata/gallery.py" />
      <source>{}: cannot be added to the gallery ({}); check the file</source>
      <translation>{}: lässt sich nicht in die Galerie aufnehmen ({}); prüfen Sie die Datei</translation>
    </message>
    <message>
      <location filename="puppet/userdata/gallery.py" />
      <source>“{}” ships with Puppet and cannot be removed; only added pictures can</source>
      <translation>„{}“ gehört zu Puppet und lässt sich nicht entfernen; das geht nur mit eigenen Bildern</translation>
    </message>
    <message>
      <location filename="puppet/userdata/gallery.py" />
      <source>“{}”: a portrait needs a name; type one</source>
      <translation>„{}“: ein Porträt braucht einen Namen; geben Sie einen ein</translation>
    </message>
    <message>
      <location filename="puppet/userdata/gallery_file.py" />
      <source>{}: cannot be written ({}); choose another place</source>
      <translation>{}: lässt sich nicht schreiben ({}); wählen Sie einen anderen Ort</translation>
    </message>
    <message>
      <location filename="puppet/userdata/gallery_file.py" />
      <source>{}: larger than {} MiB; choose a smaller picture</source>
      <translation>{}: größer als {} MiB; wählen Sie ein kleineres Bild</translation>
    </message>
    <message>
      <location filename="puppet/userdata/gallery_file.py" />
      <source>{}: no gallery ({}); choose a file that Puppet exported</source>
      <translation>{}: keine Galerie ({}); wählen Sie eine Datei, die Puppet exportiert hat</translation>
    </message>
    <message>
      <location filename="puppet/userdata/gallery_file.py" />
      <source>{}: not in the file; export the gallery again</source>
      <translation>{}: fehlt in der Datei; exportieren Sie die Galerie neu</translation>
    </message>
    <message>
      <location filename="puppet/userdata/gallery_file.py" />
      <source>{}: {} portraits; expected {} at most; export fewer of them</source>
      <translation>{}: {} Porträts; erwartet werden höchstens {}; exportieren Sie weniger</translation>
    </message>
    <message>
      <location filename="puppet/userdata/gallery_index.py" />
      <source>Note of {}: expected up to {} letters, found {}</source>
      <translation>Notiz zu {}: erwartet werden höchstens {} Zeichen, gefunden wurden {}</translation>
    </message>
    <message>
      <location filename="puppet/userdata/gallery_index.py" />
      <source>Portrait {}: expected one line of up to {} letters</source>
      <translation>Porträt {}: erwartet wird eine Zeile mit höchstens {} Zeichen</translation>
    </message>
    <message>
      <location filename="puppet/userdata/gallery_index.py" />
      <source>{}: the gallery's names cannot be written: {}; make room</source>
      <translation>{}: die Namen der Galerie lassen sich nicht schreiben: {}; schaffen Sie Platz</translation>
    </message>
    <message>
      <location filename="puppet/userdata/picture_folders.py" />
      <source>{}: the folder cannot be read ({}); plug it in, or remove it</source>
      <translation>{}: der Ordner lässt sich nicht lesen ({}); schließen Sie ihn an oder entfernen Sie ihn</translation>
    </message>
    <message>
      <location filename="puppet/userdata/presets.py" />
      <source>Preset {}: expected a name of one line, 1 to {} characters</source>
      <translation>Profil {}: erwartet wird ein Name von einer Zeile mit 1 bis {} Zeichen</translation>
    </message>
    <message>
      <location filename="puppet/userdata/presets.py" />
      <source>{}: no presets can be read ({}); choose another file</source>
      <translation>{}: darin lassen sich keine Profile lesen ({}); wählen Sie eine andere Datei</translation>
    </message>
    <message>
      <location filename="puppet/userdata/presets.py" />
      <source>{}: the presets cannot be written: {}; choose another file</source>
      <translation>{}: die Profile lassen sich nicht schreiben: {}; wählen Sie eine andere Datei</translation>
    </message>
    <message>
      <location filename="puppet/userdata/presets.py" />
      <source>{}: {} presets; expected {} to {}; choose another file</source>
      <translation>{}: {} Profile; erwartet werden {} bis {}; wählen Sie eine andere Datei</translation>
    </message>
    <message>
      <location filename="puppet/userdata/settings.py" />
      <source>The {} were damaged ({}); defaults are used</source>
      <translation>Beschädigt: {} ({}); es gelten die Voreinstellungen</translation>
    </message>
    <message>
      <location filename="puppet/userdata/settings.py" />
      <source>The {} were damaged ({}); defaults are used, and the old file is kept as {}</source>
      <translation>Beschädigt: {} ({}); es gelten die Voreinstellungen, und die alte Datei bleibt als {} erhalten</translation>
    </message>
    <message>
      <location filename="puppet/userdata/settings.py" />
      <source>The {} were damaged ({}); defaults are used; {} cannot be renamed: {}</source>
      <translation>Beschädigt: {} ({}); es gelten die Voreinstellungen; {} lässt sich nicht umbenennen: {}</translation>
    </message>
    <message>
      <location filename="puppet/userdata/settings.py" />
      <source>{}: the settings cannot be written: {}</source>
      <translation>{}: die Einstellungen lassen sich nicht schreiben: {}</translation>
    </message>
    <message>
      <location filename="tools/messages.py" />
      <source>Connection refused</source>
      <translation>Verbindung abgelehnt</translation>
    </message>
    <message>
      <location filename="tools/messages.py" />
      <source>File exists</source>
      <translation>gibt es schon</translation>
    </message>
    <message>
      <location filename="tools/messages.py" />
      <source>Input/output error</source>
      <translation>Fehler beim Lesen oder Schreiben</translation>
    </message>
    <message>
      <location filename="tools/messages.py" />
      <source>Is a directory</source>
      <translation>ist ein Ordner</translation>
    </message>
    <message>
      <location filename="tools/messages.py" />
      <source>No space left on device</source>
      <translation>kein Platz mehr</translation>
    </message>
    <message>
      <location filename="tools/messages.py" />
      <source>No such file or directory</source>
      <translation>Datei oder Ordner nicht gefunden</translation>
    </message>
    <message>
      <location filename="tools/messages.py" />
      <source>Not a directory</source>
      <translation>kein Ordner</translation>
    </message>
    <message>
      <location filename="tools/messages.py" />
      <source>Permission denied</source>
      <translation>keine Berechtigung</translation>
    </message>
    <message>
      <location filename="tools/messages.py" />
      <source>Read-only file system</source>
      <translation>schreibgeschützter Datenträger</translation>
    </message>
    <message>
      <location filename="tools/messages.py" />
      <source>calibrations</source>
      <translation>Kalibrierungen</translation>
    </message>
    <message>
      <location filename="tools/messages.py" />
      <source>folder</source>
      <translation>Ordner</translation>
    </message>
    <message>
      <location filename="tools/messages.py" />
      <source>none is plugged in</source>
      <translation>keine angeschlossen</translation>
    </message>
    <message>
      <location filename="tools/messages.py" />
      <source>picture</source>
      <translation>Bild</translation>
    </message>
    <message>
      <location filename="tools/messages.py" />
      <source>plug-ins</source>
      <translation>Plug-ins</translation>
    </message>
    <message>
      <location filename="tools/messages.py" />
      <source>presets</source>
      <translation>Profile</translation>
    </message>
    <message>
      <location filename="tools/messages.py" />
      <source>settings</source>
      <translation>Einstellungen</translation>
    </message>
    <message>
      <location filename="tools/messages.py" />
      <source>timed out</source>
      <translation>keine Antwort</translation>
    </message>
    <message>
      <location filename="tools/messages.py" />
      <source>video</source>
      <translation>Video</translation>
    </message>
    <message>
      <location filename="ui/app.py" />
      <source>. The recording {name} is kept</source>
      <translation>. Die Aufnahme {name} bleibt erhalten</translation>
    </message>
    <message>
      <location filename="ui/app.py" />
      <source>Open another window</source>
      <translation>Weiteres Fenster öffnen</translation>
    </message>
    <message>
      <location filename="ui/app.py" />
      <source>Puppet is open already</source>
      <translation>Puppet ist schon geöffnet</translation>
    </message>
    <message>
      <location filename="ui/app.py" />
      <source>See the log</source>
      <translation>Protokoll ansehen</translation>
    </message>
    <message>
      <location filename="ui/app.py" />
      <source>Show it</source>
      <translation>Anzeigen</translation>
    </message>
    <message>
      <location filename="ui/app.py" />
      <source>Something went wrong ({text}); see the log</source>
      <translation>Etwas ist schiefgegangen ({text}); siehe Protokoll</translation>
    </message>
    <message>
      <location filename="ui/app.py" />
      <source>Two windows cannot use the same camera or virtual camera at the same time.</source>
      <translation>Zwei Fenster können nicht gleichzeitig dieselbe Kamera oder virtuelle Kamera verwenden.</translation>
    </message>
    <message>
      <location filename="ui/commands.py" />
      <source>Add a picture</source>
      <translation>Bild hinzufügen</translation>
    </message>
    <message>
      <location filename="ui/commands.py" />
      <source>Calibrate at the moment that matches the portrait best</source>
      <translation>Im Moment kalibrieren, der am besten zum Porträt passt</translation>
    </message>
    <message>
      <location filename="ui/commands.py" />
      <source>Calibrate: look straight at the camera</source>
      <translation>Kalibrieren: dabei gerade in die Kamera sehen</translation>
    </message>
    <message>
      <location filename="ui/commands.py" />
      <source>Choose portrait {number}</source>
      <translation>Porträt {number} wählen</translation>
    </message>
    <message>
      <location filename="ui/commands.py" />
      <source>Choose preset {number}</source>
      <translation>Profil {number} wählen</translation>
    </message>
    <message>
      <location filename="ui/commands.py" />
      <source>Delete</source>
      <translation>Löschen</translation>
    </message>
    <message>
      <location filename="ui/commands.py" />
      <source>Double-click</source>
      <translation>Doppelklick</translation>
    </message>
    <message>
      <location filename="ui/commands.py" />
      <source>Draw a box to follow, if the pack detects keypoints</source>
      <translation>Rahmen zeichnen, dem gefolgt wird, wenn das Modellpaket Schlüsselpunkte findet</translation>
    </message>
    <message>
      <location filename="ui/commands.py" />
      <source>Engine, precision and device</source>
      <translation>Engine, Genauigkeit und Gerät</translation>
    </message>
    <message>
      <location filename="ui/commands.py" />
      <source>Fill a screen with the output</source>
      <translation>Einen Bildschirm mit der Ausgabe füllen</translation>
    </message>
    <message>
      <location filename="ui/commands.py" />
      <source>Full screen</source>
      <translation>Vollbild</translation>
    </message>
    <message>
      <location filename="ui/commands.py" />
      <source>Hide me: the portrait rests; again: follow me</source>
      <translation>Verbergen: das Porträt ruht; noch einmal: es folgt wieder</translation>
    </message>
    <message>
      <location filename="ui/commands.py" />
      <source>Label "Made with AI" on the picture</source>
      <translation>Schild „Made with AI“ auf dem Bild</translation>
    </message>
    <message>
      <location filename="ui/commands.py" />
      <source>Leave full screen</source>
      <translation>Vollbild verlassen</translation>
    </message>
    <message>
      <location filename="ui/commands.py" />
      <source>Menu of overlays, timings and engine</source>
      <translation>Menü: Overlays, Zeiten und Engine</translation>
    </message>
    <message>
      <location filename="ui/commands.py" />
      <source>Mirror on or off</source>
      <translation>Spiegeln ein oder aus</translation>
    </message>
    <message>
      <location filename="ui/commands.py" />
      <source>Next portrait</source>
      <translation>Nächstes Porträt</translation>
    </message>
    <message>
      <location filename="ui/commands.py" />
      <source>Number keys for the next nine portraits</source>
      <translation>Zifferntasten für die nächsten neun Porträts</translation>
    </message>
    <message>
      <location filename="ui/commands.py" />
      <source>Number keys for the nine portraits before</source>
      <translation>Zifferntasten für die neun Porträts davor</translation>
    </message>
    <message>
      <location filename="ui/commands.py" />
      <source>Output window: the picture alone, for window capture</source>
      <translation>Ausgabefenster: nur das Bild, zur Fensteraufnahme</translation>
    </message>
    <message>
      <location filename="ui/commands.py" />
      <source>Overlay: flow</source>
      <translation>Overlay: Fluss</translation>
    </message>
    <message>
      <location filename="ui/commands.py" />
      <source>Overlay: keypoints</source>
      <translation>Overlay: Schlüsselpunkte</translation>
    </message>
    <message>
      <location filename="ui/commands.py" />
      <source>Overlay: masks of motion</source>
      <translation>Overlay: Bewegungsmasken</translation>
    </message>
    <message>
      <location filename="ui/commands.py" />
      <source>Overlay: occlusion</source>
      <translation>Overlay: Verdeckung</translation>
    </message>
    <message>
      <location filename="ui/commands.py" />
      <source>Overlay: segments, if the pack has them</source>
      <translation>Overlay: Segmente, wenn das Modellpaket sie hat</translation>
    </message>
    <message>
      <location filename="ui/commands.py" />
      <source>Pages: cameras, portraits, output, doctor and more</source>
      <translation>Seiten: Kameras, Porträts, Ausgabe, Diagnose und mehr</translation>
    </message>
    <message>
      <location filename="ui/commands.py" />
      <source>Part swap on or off, if the pack has segments</source>
      <translation>Teiletausch ein oder aus, wenn das Modellpaket Segmente hat</translation>
    </message>
    <message>
      <location filename="ui/commands.py" />
      <source>Paste a picture as a portrait</source>
      <translation>Bild als Porträt einfügen</translation>
    </message>
    <message>
      <location filename="ui/commands.py" />
      <source>Pause the recording, or go on</source>
      <translation>Aufnahme anhalten oder fortsetzen</translation>
    </message>
    <message>
      <location filename="ui/commands.py" />
      <source>Previous portrait</source>
      <translation>Voriges Porträt</translation>
    </message>
    <message>
      <location filename="ui/commands.py" />
      <source>Quit</source>
      <translation>Beenden</translation>
    </message>
    <message>
      <location filename="ui/commands.py" />
      <source>Re-anchor: your head's place of now is the neutral one</source>
      <translation>Neu verankern: Ihr Kopf ist jetzt in Ruhelage</translation>
    </message>
    <message>
      <location filename="ui/commands.py" />
      <source>Remove the focused portrait, if you added it</source>
      <translation>Porträt mit dem Fokus entfernen, wenn Sie es hinzugefügt haben</translation>
    </message>
    <message>
      <location filename="ui/commands.py" />
      <source>Save a snapshot</source>
      <translation>Schnappschuss speichern</translation>
    </message>
    <message>
      <location filename="ui/commands.py" />
      <source>Save the last half minute, if instant replay is on</source>
      <translation>Letzte halbe Minute speichern, wenn der Rückblick an ist</translation>
    </message>
    <message>
      <location filename="ui/commands.py" />
      <source>See yourself beside the portrait, only in this window</source>
      <translation>Sich selbst neben dem Porträt sehen, nur in diesem Fenster</translation>
    </message>
    <message>
      <location filename="ui/commands.py" />
      <source>Slider: restore its default · preview: full screen</source>
      <translation>Regler: Standardwert · Vorschau: Vollbild</translation>
    </message>
    <message>
      <location filename="ui/commands.py" />
      <source>Start or stop a recording</source>
      <translation>Aufnahme starten oder beenden</translation>
    </message>
    <message>
      <location filename="ui/commands.py" />
      <source>The portrait rests, as with Hide me</source>
      <translation>Das Porträt ruht, wie mit Verbergen</translation>
    </message>
    <message>
      <location filename="ui/commands.py" />
      <source>This list</source>
      <translation>Diese Liste</translation>
    </message>
    <message>
      <location filename="ui/commands.py" />
      <source>Timings of every stage</source>
      <translation>Zeiten jeder Stufe</translation>
    </message>
    <message>
      <location filename="ui/commands.py" />
      <source>Try again after an error</source>
      <translation>Nach einem Fehler noch einmal versuchen</translation>
    </message>
    <message>
      <location filename="ui/commands.py" />
      <source>Undo: a removed portrait, a slider, a choice</source>
      <translation>Rückgängig: ein entferntes Porträt, ein Regler, eine Wahl</translation>
    </message>
    <message>
      <location filename="ui/commands.py" />
      <source>Virtual camera on or off</source>
      <translation>Virtuelle Kamera ein oder aus</translation>
    </message>
    <message>
      <location filename="ui/controllers/adding.py" />
      <source>Add a folder of pictures</source>
      <translation>Ordner mit Bildern hinzufügen</translation>
    </message>
    <message>
      <location filename="ui/controllers/adding.py" />
      <source>Pasted {number}</source>
      <translation>Eingefügt {number}</translation>
    </message>
    <message>
      <location filename="ui/controllers/adding.py" />
      <source>That is a web address; Puppet does not use the network. Copy the picture itself, then paste it</source>
      <translation>Das ist eine Webadresse; Puppet verwendet das Netz nicht. Kopieren Sie das Bild selbst und fügen Sie es ein</translation>
    </message>
    <message>
      <location filename="ui/controllers/adding.py" />
      <source>The clipboard holds no picture; copy a picture, then paste it here</source>
      <translation>Die Zwischenablage enthält kein Bild; kopieren Sie ein Bild und fügen Sie es hier ein</translation>
    </message>
    <message>
      <location filename="ui/controllers/adding.py" />
      <source>{}: the picture cannot be written; make room in the folder of temporary files</source>
      <translation>{}: das Bild lässt sich nicht schreiben; schaffen Sie Platz im Ordner für Zwischendateien</translation>
    </message>
    <message>
      <location filename="ui/controllers/box.py" />
      <source>No camera picture yet; draw the box when the portrait moves</source>
      <translation>Noch kein Kamerabild; zeichnen Sie den Rahmen, wenn sich das Porträt bewegt</translation>
    </message>
    <message>
      <location filename="ui/controllers/calibration.py" />
      <source>Calibrated at a match of {match} %</source>
      <translation>Kalibriert bei {match} % Übereinstimmung</translation>
    </message>
    <message>
      <location filename="ui/controllers/camera.py" />
      <source>No camera found: the bundled clip plays. Plug one in, then choose it here.</source>
      <translation>Keine Kamera gefunden: der mitgelieferte Clip läuft. Schließen Sie eine an und wählen Sie sie hier.</translation>
    </message>
    <message>
      <location filename="ui/controllers/camera.py" />
      <source>{name} cannot be used, the automatic choice takes its place. {reason}</source>
      <translation>{name} ist nicht verwendbar, stattdessen gilt die automatische Wahl. {reason}</translation>
    </message>
    <message>
      <location filename="ui/controllers/clean_output.py" />
      <source>The output fills the screen {screen}; Esc or a double-click there ends that</source>
      <translation>Die Ausgabe füllt den Bildschirm {screen}; Esc oder ein Doppelklick dort beendet das</translation>
    </message>
    <message>
      <location filename="ui/controllers/clean_output.py" />
      <source>The screen {name} was unplugged; the output window is here until it is back</source>
      <translation>Der Bildschirm {name} wurde getrennt; das Ausgabefenster ist hier, bis er zurück ist</translation>
    </message>
    <message>
      <location filename="ui/controllers/collection.py" />
      <source>Undo</source>
      <translation>Rückgängig</translation>
    </message>
    <message>
      <location filename="ui/controllers/collection.py" />
      <source>{folder} holds no pictures</source>
      <translation>{folder} enthält keine Bilder</translation>
    </message>
    <message>
      <location filename="ui/controllers/collection.py" />
      <source>{folder} shows its first {most} pictures</source>
      <translation>{folder} zeigt die ersten {most} Bilder</translation>
    </message>
    <message>
      <location filename="ui/controllers/collection.py" />
      <source>“{name}” was removed from the gallery; Ctrl+Z brings it back until you quit</source>
      <translation>„{name}“ wurde aus der Galerie entfernt; Strg+Z holt es zurück, bis Sie beenden</translation>
    </message>
    <message>
      <location filename="ui/controllers/model.py" />
      <source>Puppet is still opening a model; try again in a moment</source>
      <translation>Puppet öffnet noch ein Modell; versuchen Sie es gleich noch einmal</translation>
    </message>
    <message>
      <location filename="ui/controllers/on_air.py" />
      <source> and </source>
      <translation> und </translation>
    </message>
    <message>
      <location filename="ui/controllers/on_air.py" />
      <source>Part swap shows your own camera picture; it would be seen in {names}</source>
      <translation>Der Teiletausch zeigt Ihr eigenes Kamerabild; es wäre in {names} zu sehen</translation>
    </message>
    <message>
      <location filename="ui/controllers/on_air.py" />
      <source>Show my picture</source>
      <translation>Mein Bild zeigen</translation>
    </message>
    <message>
      <location filename="ui/controllers/on_air.py" />
      <source>the output window</source>
      <translation>dem Ausgabefenster</translation>
    </message>
    <message>
      <location filename="ui/controllers/on_air.py" />
      <source>the recording</source>
      <translation>der Aufnahme</translation>
    </message>
    <message>
      <location filename="ui/controllers/on_air.py" />
      <source>the virtual camera</source>
      <translation>der virtuellen Kamera</translation>
    </message>
    <message>
      <location filename="ui/controllers/person.py" />
      <source>A portrait is being made; wait until it is ready, or cancel it</source>
      <translation>Ein Porträt entsteht gerade; warten Sie, bis es fertig ist, oder brechen Sie ab</translation>
    </message>
    <message>
      <location filename="ui/controllers/person.py" />
      <source>Add each picture</source>
      <translation>Jedes Bild hinzufügen</translation>
    </message>
    <message>
      <location filename="ui/controllers/person.py" />
      <source>Cancel</source>
      <translation>Abbrechen</translation>
    </message>
    <message>
      <location filename="ui/controllers/person.py" />
      <source>Choosing the best pictures</source>
      <translation>Die besten Bilder werden gewählt</translation>
    </message>
    <message>
      <location filename="ui/controllers/person.py" />
      <source>Looking at “{}”</source>
      <translation>„{}“ wird angesehen</translation>
    </message>
    <message>
      <location filename="ui/controllers/person.py" />
      <source>Make a portrait of the person in “{}”?</source>
      <translation>Ein Porträt der Person in „{}“ machen?</translation>
    </message>
    <message>
      <location filename="ui/controllers/person.py" />
      <source>Make one portrait of these {} files?</source>
      <translation>Aus diesen {} Dateien ein Porträt machen?</translation>
    </message>
    <message>
      <location filename="ui/controllers/person.py" />
      <source>One person</source>
      <translation>Eine Person</translation>
    </message>
    <message>
      <location filename="ui/controllers/person.py" />
      <source>Pictures of one person together show real teeth, closed eyes and a turned head.</source>
      <translation>Mehrere Bilder einer Person zeigen zusammen echte Zähne, geschlossene Augen und einen gedrehten Kopf.</translation>
    </message>
    <message>
      <location filename="ui/controllers/person.py" />
      <source>The portrait was not made: no picture looks straight at the camera; start again</source>
      <translation>Das Porträt ist nicht entstanden: auf keinem Bild geht der Blick gerade in die Kamera; beginnen Sie neu</translation>
    </message>
    <message>
      <location filename="ui/controllers/person.py" />
      <source>Use all the same</source>
      <translation>Trotzdem verwenden</translation>
    </message>
    <message>
      <location filename="ui/controllers/person.py" />
      <source>{} seems to show another person; nothing was added</source>
      <translation>{} zeigt wohl eine andere Person; nichts wurde hinzugefügt</translation>
    </message>
    <message>
      <location filename="ui/controllers/portraits.py" />
      <source>Crop or rotate…</source>
      <translation>Zuschneiden oder drehen…</translation>
    </message>
    <message>
      <location filename="ui/controllers/portraits.py" />
      <source>Puppet is still getting ready; add the picture in a moment</source>
      <translation>Puppet ist noch nicht bereit; fügen Sie das Bild gleich hinzu</translation>
    </message>
    <message>
      <location filename="ui/controllers/portraits.py" />
      <source>“{name}” did not stand upright; it is shown turned</source>
      <translation>„{name}“ stand nicht aufrecht; es wird gedreht gezeigt</translation>
    </message>
    <message>
      <location filename="ui/controllers/portraits.py" />
      <source>“{name}” is damaged or lacks its end; it is used as far as it goes</source>
      <translation>„{name}“ ist beschädigt oder unvollständig; verwendet wird, was lesbar ist</translation>
    </message>
    <message>
      <location filename="ui/controllers/portraits.py" />
      <source>“{name}” shows {faces} faces; the largest is used</source>
      <translation>„{name}“ zeigt {faces} Gesichter; das größte wird verwendet</translation>
    </message>
    <message>
      <location filename="ui/controllers/portraits.py" />
      <source>“{name}” was added to the gallery</source>
      <translation>„{name}“ ist jetzt in der Galerie</translation>
    </message>
    <message>
      <location filename="ui/controllers/presets.py" />
      <source>Name</source>
      <translation>Name</translation>
    </message>
    <message>
      <location filename="ui/controllers/presets.py" />
      <source>No preset is in use; choose or save one first</source>
      <translation>Kein Profil ist in Gebrauch; wählen oder speichern Sie zuerst eines</translation>
    </message>
    <message>
      <location filename="ui/controllers/presets.py" />
      <source>Preset “{name}” saved as {file}</source>
      <translation>Profil „{name}“ als {file} gespeichert</translation>
    </message>
    <message>
      <location filename="ui/controllers/presets.py" />
      <source>Save a preset</source>
      <translation>Profil speichern</translation>
    </message>
    <message>
      <location filename="ui/controllers/recording.py" />
      <source>A recording has one size: the part before is saved, and the recording goes on as {name}</source>
      <translation>Eine Aufnahme hat eine Größe: der Teil davor ist gespeichert, die Aufnahme geht als {name} weiter</translation>
    </message>
    <message>
      <location filename="ui/controllers/recording.py" />
      <source>No picture yet; take a snapshot when the portrait moves</source>
      <translation>Noch kein Bild; machen Sie den Schnappschuss, wenn sich das Porträt bewegt</translation>
    </message>
    <message>
      <location filename="ui/controllers/recording.py" />
      <source>Puppet is still getting ready; try again in a moment</source>
      <translation>Puppet ist noch nicht bereit; versuchen Sie es gleich noch einmal</translation>
    </message>
    <message>
      <location filename="ui/controllers/recording.py" />
      <source>Recording</source>
      <translation>Aufnahme</translation>
    </message>
    <message>
      <location filename="ui/controllers/recording.py" />
      <source>Replay</source>
      <translation>Rückblick</translation>
    </message>
    <message>
      <location filename="ui/controllers/recording.py" />
      <source>Show in folder</source>
      <translation>Im Ordner zeigen</translation>
    </message>
    <message>
      <location filename="ui/controllers/recording.py" />
      <source>Snapshot</source>
      <translation>Schnappschuss</translation>
    </message>
    <message>
      <location filename="ui/controllers/recording.py" />
      <source>Take saved in {folder} as {file}</source>
      <translation>Take in {folder} als {file} gespeichert</translation>
    </message>
    <message>
      <location filename="ui/controllers/recording.py" />
      <source>{what} saved in {folder} as {file}</source>
      <translation>{what} in {folder} als {file} gespeichert</translation>
    </message>
    <message>
      <location filename="ui/controllers/session_display.py" />
      <source>Recording and virtual camera cannot be transparent: the background stays as it was</source>
      <translation>Aufnahme und virtuelle Kamera können nicht durchsichtig sein: der Hintergrund bleibt, wie er war</translation>
    </message>
    <message>
      <location filename="ui/controllers/takes.py" />
      <source>Play</source>
      <translation>Abspielen</translation>
    </message>
    <message>
      <location filename="ui/controllers/takes.py" />
      <source>{} is deleted</source>
      <translation>{} ist gelöscht</translation>
    </message>
    <message>
      <location filename="ui/controllers/takes.py" />
      <source>{} is rendered</source>
      <translation>{} ist gerendert</translation>
    </message>
    <message>
      <location filename="ui/dialogs/crop.py" />
      <source>Arrow keys move the frame, with Shift they resize it</source>
      <translation>Pfeiltasten bewegen den Rahmen, mit Umschalt ändern sie seine Größe</translation>
    </message>
    <message>
      <location filename="ui/dialogs/crop.py" />
      <source>By 90 degrees</source>
      <translation>Um 90 Grad</translation>
    </message>
    <message>
      <location filename="ui/dialogs/crop.py" />
      <source>Crop or rotate {name}</source>
      <translation>{name} zuschneiden oder drehen</translation>
    </message>
    <message>
      <location filename="ui/dialogs/crop.py" />
      <source>Drag the frame or its edges; leave hair and shoulders in.</source>
      <translation>Ziehen Sie den Rahmen oder seine Kanten; Haare und Schultern sollen im Bild bleiben.</translation>
    </message>
    <message>
      <location filename="ui/dialogs/crop.py" />
      <source>Picture with the frame of what is kept</source>
      <translation>Bild mit dem Rahmen dessen, was bleibt</translation>
    </message>
    <message>
      <location filename="ui/dialogs/crop.py" />
      <source>Put this picture in the portrait's place</source>
      <translation>Dieses Bild an die Stelle des Porträts setzen</translation>
    </message>
    <message>
      <location filename="ui/dialogs/crop.py" />
      <source>Turn left</source>
      <translation>Links drehen</translation>
    </message>
    <message>
      <location filename="ui/dialogs/crop.py" />
      <source>Turn right</source>
      <translation>Rechts drehen</translation>
    </message>
    <message>
      <location filename="ui/dialogs/crop.py" />
      <source>Use</source>
      <translation>Verwenden</translation>
    </message>
    <message>
      <location filename="ui/dialogs/engine.py" />
      <source>Apply</source>
      <translation>Übernehmen</translation>
    </message>
    <message>
      <location filename="ui/dialogs/engine.py" />
      <source>Automatic</source>
      <translation>Automatisch</translation>
    </message>
    <message>
      <location filename="ui/dialogs/engine.py" />
      <source>Close</source>
      <translation>Schließen</translation>
    </message>
    <message>
      <location filename="ui/dialogs/engine.py" />
      <source>Device</source>
      <translation>Gerät</translation>
    </message>
    <message>
      <location filename="ui/dialogs/engine.py" />
      <source>Engine</source>
      <translation>Engine</translation>
    </message>
    <message>
      <location filename="ui/dialogs/engine.py" />
      <source>In use</source>
      <translation>In Gebrauch</translation>
    </message>
    <message>
      <location filename="ui/dialogs/engine.py" />
      <source>Nothing yet</source>
      <translation>Noch nichts</translation>
    </message>
    <message>
      <location filename="ui/dialogs/engine.py" />
      <source>Open the model with these settings; the portrait keeps moving until it is ready</source>
      <translation>Modell mit diesen Einstellungen öffnen; das Porträt bewegt sich weiter, bis es bereit ist</translation>
    </message>
    <message>
      <location filename="ui/dialogs/engine.py" />
      <source>Opening…</source>
      <translation>Öffnet…</translation>
    </message>
    <message>
      <location filename="ui/dialogs/engine.py" />
      <source>Precision</source>
      <translation>Genauigkeit</translation>
    </message>
    <message>
      <location filename="ui/dialogs/engine.py" />
      <source>The library that runs the model</source>
      <translation>Die Bibliothek, die das Modell ausführt</translation>
    </message>
    <message>
      <location filename="ui/dialogs/engine.py" />
      <source>The number format of the model: lower precision is faster on some CPUs</source>
      <translation>Zahlenformat des Modells: geringere Genauigkeit ist auf manchen Prozessoren schneller</translation>
    </message>
    <message>
      <location filename="ui/dialogs/engine.py" />
      <source>Where the model runs</source>
      <translation>Wo das Modell läuft</translation>
    </message>
    <message>
      <location filename="ui/dialogs/files.py" />
      <source>Add pictures</source>
      <translation>Bilder hinzufügen</translation>
    </message>
    <message>
      <location filename="ui/dialogs/files.py" />
      <source>Export a preset</source>
      <translation>Profil exportieren</translation>
    </message>
    <message>
      <location filename="ui/dialogs/files.py" />
      <source>Export the gallery</source>
      <translation>Galerie exportieren</translation>
    </message>
    <message>
      <location filename="ui/dialogs/files.py" />
      <source>Galleries</source>
      <translation>Galerien</translation>
    </message>
    <message>
      <location filename="ui/dialogs/files.py" />
      <source>Import a gallery</source>
      <translation>Galerie importieren</translation>
    </message>
    <message>
      <location filename="ui/dialogs/files.py" />
      <source>Import presets</source>
      <translation>Profile importieren</translation>
    </message>
    <message>
      <location filename="ui/dialogs/files.py" />
      <source>Open a pack folder</source>
      <translation>Ordner eines Modellpakets öffnen</translation>
    </message>
    <message>
      <location filename="ui/dialogs/files.py" />
      <source>Open a video file</source>
      <translation>Videodatei öffnen</translation>
    </message>
    <message>
      <location filename="ui/dialogs/files.py" />
      <source>Picture behind the person</source>
      <translation>Bild hinter der Person</translation>
    </message>
    <message>
      <location filename="ui/dialogs/files.py" />
      <source>Pictures</source>
      <translation>Bilder</translation>
    </message>
    <message>
      <location filename="ui/dialogs/files.py" />
      <source>Pictures and portraits</source>
      <translation>Bilder und Porträts</translation>
    </message>
    <message>
      <location filename="ui/dialogs/files.py" />
      <source>Pictures or a clip of one person</source>
      <translation>Bilder oder ein Clip einer Person</translation>
    </message>
    <message>
      <location filename="ui/dialogs/files.py" />
      <source>Presets</source>
      <translation>Profile</translation>
    </message>
    <message>
      <location filename="ui/dialogs/files.py" />
      <source>Videos and pictures</source>
      <translation>Videos und Bilder</translation>
    </message>
    <message>
      <location filename="ui/dialogs/files.py" />
      <source>{title} ({suffixes});;All files (*)</source>
      <translation>{title} ({suffixes});;Alle Dateien (*)</translation>
    </message>
    <message>
      <location filename="ui/dialogs/render_again.py" />
      <source>As recorded</source>
      <translation>Wie aufgenommen</translation>
    </message>
    <message>
      <location filename="ui/dialogs/render_again.py" />
      <source>As recorded ({})</source>
      <translation>Wie aufgenommen ({})</translation>
    </message>
    <message>
      <location filename="ui/dialogs/render_again.py" />
      <source>Background</source>
      <translation>Hintergrund</translation>
    </message>
    <message>
      <location filename="ui/dialogs/render_again.py" />
      <source>Blur</source>
      <translation>Unscharf</translation>
    </message>
    <message>
      <location filename="ui/dialogs/render_again.py" />
      <source>Eyes</source>
      <translation>Augen</translation>
    </message>
    <message>
      <location filename="ui/dialogs/render_again.py" />
      <source>Gain of the motion</source>
      <translation>Stärke der Bewegung</translation>
    </message>
    <message>
      <location filename="ui/dialogs/render_again.py" />
      <source>Head</source>
      <translation>Kopf</translation>
    </message>
    <message>
      <location filename="ui/dialogs/render_again.py" />
      <source>Mouth</source>
      <translation>Mund</translation>
    </message>
    <message>
      <location filename="ui/dialogs/render_again.py" />
      <source>Of the video</source>
      <translation>Des Videos</translation>
    </message>
    <message>
      <location filename="ui/dialogs/render_again.py" />
      <source>Own</source>
      <translation>Eigener</translation>
    </message>
    <message>
      <location filename="ui/dialogs/render_again.py" />
      <source>Pack</source>
      <translation>Modellpaket</translation>
    </message>
    <message>
      <location filename="ui/dialogs/render_again.py" />
      <source>Portraits</source>
      <translation>Porträts</translation>
    </message>
    <message>
      <location filename="ui/dialogs/render_again.py" />
      <source>Render</source>
      <translation>Rendern</translation>
    </message>
    <message>
      <location filename="ui/dialogs/render_again.py" />
      <source>Render {} again</source>
      <translation>{} neu rendern</translation>
    </message>
    <message>
      <location filename="ui/dialogs/render_again.py" />
      <source>Renders in the background, while you go on</source>
      <translation>Rendert im Hintergrund, während Sie weitermachen</translation>
    </message>
    <message>
      <location filename="ui/dialogs/render_again.py" />
      <source>Same motion, same times, same sound. One video for each portrait, in the take's folder.</source>
      <translation>Gleiche Bewegung, gleiche Zeiten, gleicher Ton. Ein Video für jedes Porträt, im Ordner des Takes.</translation>
    </message>
    <message>
      <location filename="ui/dialogs/render_again.py" />
      <source>Size</source>
      <translation>Größe</translation>
    </message>
    <message>
      <location filename="ui/dialogs/render_again.py" />
      <source>The model that renders</source>
      <translation>Das Modell, das rendert</translation>
    </message>
    <message>
      <location filename="ui/dialogs/render_again.py" />
      <source>The portrait's own background</source>
      <translation>Der Hintergrund des Porträts</translation>
    </message>
    <message>
      <location filename="ui/dialogs/render_again.py" />
      <source>The portrait's own background, blurred</source>
      <translation>Der Hintergrund des Porträts, unscharf</translation>
    </message>
    <message>
      <location filename="ui/dialogs/shortcuts.py" />
      <source> or </source>
      <translation> oder </translation>
    </message>
    <message>
      <location filename="ui/dialogs/shortcuts.py" />
      <source>Anywhere</source>
      <translation>Überall</translation>
    </message>
    <message>
      <location filename="ui/dialogs/shortcuts.py" />
      <source>General</source>
      <translation>Allgemein</translation>
    </message>
    <message>
      <location filename="ui/dialogs/shortcuts.py" />
      <source>Give every command its own key back</source>
      <translation>Jedem Befehl seine eigene Taste zurückgeben</translation>
    </message>
    <message>
      <location filename="ui/dialogs/shortcuts.py" />
      <source>In the window</source>
      <translation>Im Fenster</translation>
    </message>
    <message>
      <location filename="ui/dialogs/shortcuts.py" />
      <source>Key anywhere of: {command}</source>
      <translation>Taste überall für: {command}</translation>
    </message>
    <message>
      <location filename="ui/dialogs/shortcuts.py" />
      <source>Key of: {command}</source>
      <translation>Taste für: {command}</translation>
    </message>
    <message>
      <location filename="ui/dialogs/shortcuts.py" />
      <source>Keyboard shortcuts</source>
      <translation>Tastenkürzel</translation>
    </message>
    <message>
      <location filename="ui/dialogs/shortcuts.py" />
      <source>Models</source>
      <translation>Modelle</translation>
    </message>
    <message>
      <location filename="ui/dialogs/shortcuts.py" />
      <source>Pages</source>
      <translation>Seiten</translation>
    </message>
    <message>
      <location filename="ui/dialogs/shortcuts.py" />
      <source>Press a key…</source>
      <translation>Taste drücken…</translation>
    </message>
    <message>
      <location filename="ui/dialogs/shortcuts.py" />
      <source>Press, then press another key; Backspace removes it</source>
      <translation>Drücken, dann eine andere Taste drücken; Rücktaste entfernt sie</translation>
    </message>
    <message>
      <location filename="ui/dialogs/shortcuts.py" />
      <source>Restore defaults</source>
      <translation>Standard wiederherstellen</translation>
    </message>
    <message>
      <location filename="ui/dialogs/shortcuts.py" />
      <source>{key} has a meaning already ({command}); choose another key</source>
      <translation>{key} hat schon eine Bedeutung ({command}); wählen Sie eine andere Taste</translation>
    </message>
    <message>
      <location filename="ui/dialogs/timings.py" />
      <source>Engine: {engine}</source>
      <translation>Engine: {engine}</translation>
    </message>
    <message>
      <location filename="ui/dialogs/timings.py" />
      <source>Milliseconds; p95: 95 % of the frames took no longer.</source>
      <translation>Millisekunden; p95: 95 % der Bilder brauchten nicht länger.</translation>
    </message>
    <message>
      <location filename="ui/dialogs/timings.py" />
      <source>Timings</source>
      <translation>Zeiten</translation>
    </message>
    <message>
      <location filename="ui/dialogs/timings.py" />
      <source>{name}, {title}, milliseconds</source>
      <translation>{name}, {title}, Millisekunden</translation>
    </message>
    <message>
      <location filename="ui/global_keys/base.py" />
      <source>The X server cannot be reached; {remedy}</source>
      <translation>Der X-Server ist nicht erreichbar; {remedy}</translation>
    </message>
    <message>
      <location filename="ui/global_keys/base.py" />
      <source>There are no global keys without a desktop</source>
      <translation>Ohne Arbeitsumgebung gibt es keine Tasten, die überall gelten</translation>
    </message>
    <message>
      <location filename="ui/global_keys/base.py" />
      <source>This desktop gives programs no global keys; {remedy}</source>
      <translation>Dieser Desktop gibt Programmen keine Tasten, die überall gelten; {remedy}</translation>
    </message>
    <message>
      <location filename="ui/global_keys/base.py" />
      <source>bind a key of the desktop to the command “python main.py hide”</source>
      <translation>legen Sie in der Arbeitsumgebung eine Taste auf den Befehl „python main.py hide“</translation>
    </message>
    <message>
      <location filename="ui/global_keys/controller.py" />
      <source>{key} is needed for typing; add Ctrl or Alt, or choose F1 to F24</source>
      <translation>{key} wird zum Schreiben gebraucht; nehmen Sie Strg oder Alt dazu oder F1 bis F24</translation>
    </message>
    <message>
      <location filename="ui/global_keys/macos.py" />
      <source>{key} cannot be a global key here; choose another</source>
      <translation>{key} kann hier nicht überall gelten; wählen Sie eine andere</translation>
    </message>
    <message>
      <location filename="ui/global_keys/portal.py" />
      <source>The desktop refused the global keys; allow them in its settings</source>
      <translation>Der Desktop hat die überall geltenden Tasten abgelehnt; erlauben Sie sie in seinen Einstellungen</translation>
    </message>
    <message>
      <location filename="ui/global_keys/portal.py" />
      <source>The desktop's session bus is gone; start Puppet again</source>
      <translation>Der Sitzungsbus des Desktops ist fort; starten Sie Puppet neu</translation>
    </message>
    <message>
      <location filename="ui/global_keys/windows.py" />
      <source>{key} belongs to another program; choose another key</source>
      <translation>{key} gehört einem anderen Programm; wählen Sie eine andere Taste</translation>
    </message>
    <message>
      <location filename="ui/main_window.py" />
      <source>A recording is running</source>
      <translation>Eine Aufnahme läuft</translation>
    </message>
    <message>
      <location filename="ui/main_window.py" />
      <source>Esc or a double-click leaves full screen</source>
      <translation>Esc oder ein Doppelklick verlässt das Vollbild</translation>
    </message>
    <message>
      <location filename="ui/main_window.py" />
      <source>Finish it and quit</source>
      <translation>Beenden und schließen</translation>
    </message>
    <message>
      <location filename="ui/main_window.py" />
      <source>Go on recording</source>
      <translation>Weiter aufnehmen</translation>
    </message>
    <message>
      <location filename="ui/main_window.py" />
      <source>It is saved in {folder} as {file}.</source>
      <translation>Sie wird in {folder} als {file} gespeichert.</translation>
    </message>
    <message>
      <location filename="ui/page_table.py" />
      <source>About Puppet</source>
      <translation>Über Puppet</translation>
    </message>
    <message>
      <location filename="ui/page_table.py" />
      <source>Add a person</source>
      <translation>Person hinzufügen</translation>
    </message>
    <message>
      <location filename="ui/page_table.py" />
      <source>Another machine</source>
      <translation>Anderer Rechner</translation>
    </message>
    <message>
      <location filename="ui/page_table.py" />
      <source>Cameras</source>
      <translation>Kameras</translation>
    </message>
    <message>
      <location filename="ui/page_table.py" />
      <source>Doctor</source>
      <translation>Diagnose</translation>
    </message>
    <message>
      <location filename="ui/page_table.py" />
      <source>First steps</source>
      <translation>Erste Schritte</translation>
    </message>
    <message>
      <location filename="ui/page_table.py" />
      <source>Log</source>
      <translation>Protokoll</translation>
    </message>
    <message>
      <location filename="ui/page_table.py" />
      <source>Output</source>
      <translation>Ausgabe</translation>
    </message>
    <message>
      <location filename="ui/page_table.py" />
      <source>Remote control</source>
      <translation>Fernsteuerung</translation>
    </message>
    <message>
      <location filename="ui/page_table.py" />
      <source>Takes</source>
      <translation>Takes</translation>
    </message>
    <message>
      <location filename="ui/pages/about.py" />
      <source>Animates a still portrait with your webcam, in real time.</source>
      <translation>Bewegt ein stehendes Porträt mit Ihrer Webcam, in Echtzeit.</translation>
    </message>
    <message>
      <location filename="ui/pages/about.py" />
      <source>Ask people before you use their faces. Recordings are marked as made by AI.</source>
      <translation>Fragen Sie Menschen, bevor Sie ihr Gesicht verwenden. Aufnahmen sind als KI-gemacht gekennzeichnet.</translation>
    </message>
    <message>
      <location filename="ui/pages/about.py" />
      <source>Copy licences</source>
      <translation>Lizenzen kopieren</translation>
    </message>
    <message>
      <location filename="ui/pages/about.py" />
      <source>Licences</source>
      <translation>Lizenzen</translation>
    </message>
    <message>
      <location filename="ui/pages/about.py" />
      <source>Licences of Puppet and its parts</source>
      <translation>Lizenzen von Puppet und seinen Teilen</translation>
    </message>
    <message>
      <location filename="ui/pages/about.py" />
      <source>No telemetry: pictures, sound and motion stay on this computer, unless you give an address yourself.</source>
      <translation>Keine Telemetrie: Bilder, Ton und Bewegung bleiben auf diesem Rechner, außer Sie geben selbst eine Adresse an.</translation>
    </message>
    <message>
      <location filename="ui/pages/about.py" />
      <source>Reading…</source>
      <translation>Wird gelesen…</translation>
    </message>
    <message>
      <location filename="ui/pages/cameras.py" />
      <source>Address</source>
      <translation>Adresse</translation>
    </message>
    <message>
      <location filename="ui/pages/cameras.py" />
      <source>As the camera offers them</source>
      <translation>Wie die Kamera sie anbietet</translation>
    </message>
    <message>
      <location filename="ui/pages/cameras.py" />
      <source>Automatic (1280 × 720)</source>
      <translation>Automatisch (1280 × 720)</translation>
    </message>
    <message>
      <location filename="ui/pages/cameras.py" />
      <source>Automatic exposure</source>
      <translation>Automatische Belichtung</translation>
    </message>
    <message>
      <location filename="ui/pages/cameras.py" />
      <source>Being opened…</source>
      <translation>Wird geöffnet…</translation>
    </message>
    <message>
      <location filename="ui/pages/cameras.py" />
      <source>Exposure</source>
      <translation>Belichtung</translation>
    </message>
    <message>
      <location filename="ui/pages/cameras.py" />
      <source>Flip left to right</source>
      <translation>Seitenverkehrt</translation>
    </message>
    <message>
      <location filename="ui/pages/cameras.py" />
      <source>Left, top and size in pixels</source>
      <translation>Links, oben und Größe in Pixeln</translation>
    </message>
    <message>
      <location filename="ui/pages/cameras.py" />
      <source>Left, top and size in pixels, of {}</source>
      <translation>Links, oben und Größe in Pixeln, von {}</translation>
    </message>
    <message>
      <location filename="ui/pages/cameras.py" />
      <source>MJPEG or RTSP, as phone and IP cameras show it; nothing else is fetched</source>
      <translation>MJPEG oder RTSP, wie Telefone und IP-Kameras es zeigen; sonst wird nichts geholt</translation>
    </message>
    <message>
      <location filename="ui/pages/cameras.py" />
      <source>No camera is plugged in: the bundled clip plays</source>
      <translation>Keine Kamera ist angeschlossen: der mitgelieferte Clip läuft</translation>
    </message>
    <message>
      <location filename="ui/pages/cameras.py" />
      <source>Open a video file…</source>
      <translation>Videodatei öffnen…</translation>
    </message>
    <message>
      <location filename="ui/pages/cameras.py" />
      <source>Opens every camera for a moment; their lights may come on</source>
      <translation>Öffnet jede Kamera kurz; ihre Lampen können angehen</translation>
    </message>
    <message>
      <location filename="ui/pages/cameras.py" />
      <source>Play a video as the camera</source>
      <translation>Ein Video als Kamera abspielen</translation>
    </message>
    <message>
      <location filename="ui/pages/cameras.py" />
      <source>Screen region</source>
      <translation>Bildschirmbereich</translation>
    </message>
    <message>
      <location filename="ui/pages/cameras.py" />
      <source>Short is dark and sharp; long is bright and blurs motion</source>
      <translation>Kurz ist dunkel und scharf; lang ist hell und verwischt Bewegung</translation>
    </message>
    <message>
      <location filename="ui/pages/cameras.py" />
      <source>Show a picture of each</source>
      <translation>Von jeder ein Bild zeigen</translation>
    </message>
    <message>
      <location filename="ui/pages/cameras.py" />
      <source>Size and rate</source>
      <translation>Größe und Rate</translation>
    </message>
    <message>
      <location filename="ui/pages/cameras.py" />
      <source>Something else in its place</source>
      <translation>Etwas anderes an ihrer Stelle</translation>
    </message>
    <message>
      <location filename="ui/pages/cameras.py" />
      <source>The chosen camera</source>
      <translation>Die gewählte Kamera</translation>
    </message>
    <message>
      <location filename="ui/pages/cameras.py" />
      <source>This is no address; it begins with http:// or rtsp://</source>
      <translation>Das ist keine Adresse; sie beginnt mit http:// oder rtsp://</translation>
    </message>
    <message>
      <location filename="ui/pages/cameras.py" />
      <source>Turn</source>
      <translation>Drehen</translation>
    </message>
    <message>
      <location filename="ui/pages/cameras.py" />
      <source>Turn the picture clockwise</source>
      <translation>Bild im Uhrzeigersinn drehen</translation>
    </message>
    <message>
      <location filename="ui/pages/cameras.py" />
      <source>Type an address</source>
      <translation>Adresse eingeben</translation>
    </message>
    <message>
      <location filename="ui/pages/cameras.py" />
      <source>Use this address</source>
      <translation>Adresse verwenden</translation>
    </message>
    <message>
      <location filename="ui/pages/cameras.py" />
      <source>Use this region</source>
      <translation>Bereich verwenden</translation>
    </message>
    <message>
      <location filename="ui/pages/cameras.py" />
      <source>Video file</source>
      <translation>Videodatei</translation>
    </message>
    <message>
      <location filename="ui/pages/doctor.py" />
      <source>Check again</source>
      <translation>Noch einmal prüfen</translation>
    </message>
    <message>
      <location filename="ui/pages/doctor.py" />
      <source>Copy report</source>
      <translation>Bericht kopieren</translation>
    </message>
    <message>
      <location filename="ui/pages/doctor.py" />
      <source>Examine the installation again</source>
      <translation>Installation noch einmal untersuchen</translation>
    </message>
    <message>
      <location filename="ui/pages/doctor.py" />
      <source>Looking at engines, cameras and devices…</source>
      <translation>Engines, Kameras und Geräte werden untersucht…</translation>
    </message>
    <message>
      <location filename="ui/pages/doctor.py" />
      <source>Report</source>
      <translation>Bericht</translation>
    </message>
    <message>
      <location filename="ui/pages/doctor.py" />
      <source>What works on this computer, and the commands that repair the rest. Names are left out.</source>
      <translation>Was auf diesem Rechner geht, und die Befehle, die den Rest beheben. Namen fehlen darin.</translation>
    </message>
    <message>
      <location filename="ui/pages/log.py" />
      <source>Copy log</source>
      <translation>Protokoll kopieren</translation>
    </message>
    <message>
      <location filename="ui/pages/log.py" />
      <source>File</source>
      <translation>Datei</translation>
    </message>
    <message>
      <location filename="ui/pages/log.py" />
      <source>Nothing went wrong so far.</source>
      <translation>Bisher ging nichts schief.</translation>
    </message>
    <message>
      <location filename="ui/pages/log.py" />
      <source>Warnings and errors of this and earlier starts; the file stays on this computer.</source>
      <translation>Warnungen und Fehler dieses und früherer Starts; die Datei bleibt auf diesem Rechner.</translation>
    </message>
    <message>
      <location filename="ui/pages/other_machine.py" />
      <source>A stronger computer in your network can paint the portrait. Run puppet serve there; it shows a code. Your camera's picture stays here: only the movement is sent, and the finished picture comes back.</source>
      <translation>Ein stärkerer Rechner in Ihrem Netz kann das Porträt malen. Starten Sie dort puppet serve; es zeigt einen Code. Ihr Kamerabild bleibt hier: nur die Bewegung wird gesendet, und das fertige Bild kommt zurück.</translation>
    </message>
    <message>
      <location filename="ui/pages/other_machine.py" />
      <source>Code</source>
      <translation>Code</translation>
    </message>
    <message>
      <location filename="ui/pages/other_machine.py" />
      <source>Find</source>
      <translation>Suchen</translation>
    </message>
    <message>
      <location filename="ui/pages/other_machine.py" />
      <source>Found {machine}; the first time, type the code that it shows</source>
      <translation>{machine} gefunden; beim ersten Mal den Code eingeben, den er zeigt</translation>
    </message>
    <message>
      <location filename="ui/pages/other_machine.py" />
      <source>Hold the last picture</source>
      <translation>Letztes Bild halten</translation>
    </message>
    <message>
      <location filename="ui/pages/other_machine.py" />
      <source>Look for machines that run puppet serve --announce</source>
      <translation>Rechner suchen, auf denen puppet serve --announce läuft</translation>
    </message>
    <message>
      <location filename="ui/pages/other_machine.py" />
      <source>Looking for machines…</source>
      <translation>Rechner werden gesucht…</translation>
    </message>
    <message>
      <location filename="ui/pages/other_machine.py" />
      <source>Machine</source>
      <translation>Rechner</translation>
    </message>
    <message>
      <location filename="ui/pages/other_machine.py" />
      <source>Name or address, like 192.168.1.20</source>
      <translation>Name oder Adresse, wie 192.168.1.20</translation>
    </message>
    <message>
      <location filename="ui/pages/other_machine.py" />
      <source>No machine answers; run puppet serve --announce there, or type its address</source>
      <translation>Kein Rechner antwortet; dort puppet serve --announce starten oder die Adresse eingeben</translation>
    </message>
    <message>
      <location filename="ui/pages/other_machine.py" />
      <source>Only the first time</source>
      <translation>Nur beim ersten Mal</translation>
    </message>
    <message>
      <location filename="ui/pages/other_machine.py" />
      <source>Paint here</source>
      <translation>Hier malen</translation>
    </message>
    <message>
      <location filename="ui/pages/other_machine.py" />
      <source>Pairing…</source>
      <translation>Wird gekoppelt…</translation>
    </message>
    <message>
      <location filename="ui/pages/other_machine.py" />
      <source>Pictures while the machine does not answer</source>
      <translation>Bilder, solange der Rechner nicht antwortet</translation>
    </message>
    <message>
      <location filename="ui/pages/other_machine.py" />
      <source>Portrait</source>
      <translation>Porträt</translation>
    </message>
    <message>
      <location filename="ui/pages/other_machine.py" />
      <source>Render here</source>
      <translation>Hier rendern</translation>
    </message>
    <message>
      <location filename="ui/pages/other_machine.py" />
      <source>Render there</source>
      <translation>Dort rendern</translation>
    </message>
    <message>
      <location filename="ui/pages/other_machine.py" />
      <source>Show the portrait at rest</source>
      <translation>Porträt in Ruhe zeigen</translation>
    </message>
    <message>
      <location filename="ui/pages/other_machine.py" />
      <source>The portrait is painted there</source>
      <translation>Das Porträt wird dort gemalt</translation>
    </message>
    <message>
      <location filename="ui/pages/other_machine.py" />
      <source>Without it</source>
      <translation>Ohne ihn</translation>
    </message>
    <message>
      <location filename="ui/pages/output.py" />
      <source>1080p</source>
      <translation>1080p</translation>
    </message>
    <message>
      <location filename="ui/pages/output.py" />
      <source>720p</source>
      <translation>720p</translation>
    </message>
    <message>
      <location filename="ui/pages/output.py" />
      <source>A recording goes on in a new file. An open virtual camera keeps its size until it is closed.</source>
      <translation>Eine Aufnahme geht in einer neuen Datei weiter. Eine offene virtuelle Kamera behält ihre Größe, bis sie geschlossen wird.</translation>
    </message>
    <message>
      <location filename="ui/pages/output.py" />
      <source>Above other windows</source>
      <translation>Über anderen Fenstern</translation>
    </message>
    <message>
      <location filename="ui/pages/output.py" />
      <source>Another size</source>
      <translation>Andere Größe</translation>
    </message>
    <message>
      <location filename="ui/pages/output.py" />
      <source>Bottom left</source>
      <translation>Unten links</translation>
    </message>
    <message>
      <location filename="ui/pages/output.py" />
      <source>Bottom right</source>
      <translation>Unten rechts</translation>
    </message>
    <message>
      <location filename="ui/pages/output.py" />
      <source>Corner</source>
      <translation>Ecke</translation>
    </message>
    <message>
      <location filename="ui/pages/output.py" />
      <source>Esc or a double-click in the window ends it; the pointer hides by itself</source>
      <translation>Esc oder ein Doppelklick im Fenster beendet es; der Mauszeiger verschwindet von selbst</translation>
    </message>
    <message>
      <location filename="ui/pages/output.py" />
      <source>Fill the screen</source>
      <translation>Bildschirm füllen</translation>
    </message>
    <message>
      <location filename="ui/pages/output.py" />
      <source>Height in pixels</source>
      <translation>Höhe in Pixeln</translation>
    </message>
    <message>
      <location filename="ui/pages/output.py" />
      <source>Height of the text</source>
      <translation>Höhe des Textes</translation>
    </message>
    <message>
      <location filename="ui/pages/output.py" />
      <source>Label</source>
      <translation>Schild</translation>
    </message>
    <message>
      <location filename="ui/pages/output.py" />
      <source>Output window</source>
      <translation>Ausgabefenster</translation>
    </message>
    <message>
      <location filename="ui/pages/output.py" />
      <source>Screen</source>
      <translation>Bildschirm</translation>
    </message>
    <message>
      <location filename="ui/pages/output.py" />
      <source>Show a label on the picture</source>
      <translation>Schild auf dem Bild zeigen</translation>
    </message>
    <message>
      <location filename="ui/pages/output.py" />
      <source>Show the output window</source>
      <translation>Ausgabefenster zeigen</translation>
    </message>
    <message>
      <location filename="ui/pages/output.py" />
      <source>Size of the label</source>
      <translation>Größe des Schilds</translation>
    </message>
    <message>
      <location filename="ui/pages/output.py" />
      <source>Square</source>
      <translation>Quadrat</translation>
    </message>
    <message>
      <location filename="ui/pages/output.py" />
      <source>Tells everybody that the picture is made by AI (Shift+A)</source>
      <translation>Sagt allen, dass das Bild mit KI gemacht ist (Umschalt+A)</translation>
    </message>
    <message>
      <location filename="ui/pages/output.py" />
      <source>Text</source>
      <translation>Text</translation>
    </message>
    <message>
      <location filename="ui/pages/output.py" />
      <source>The finished picture alone, for window capture (OBS, Discord, Zoom) or a second screen.</source>
      <translation>Nur das fertige Bild, zur Fensteraufnahme (OBS, Discord, Zoom) oder für einen zweiten Bildschirm.</translation>
    </message>
    <message>
      <location filename="ui/pages/output.py" />
      <source>The screen that the output window opens on</source>
      <translation>Der Bildschirm, auf dem das Ausgabefenster aufgeht</translation>
    </message>
    <message>
      <location filename="ui/pages/output.py" />
      <source>Top left</source>
      <translation>Oben links</translation>
    </message>
    <message>
      <location filename="ui/pages/output.py" />
      <source>Top right</source>
      <translation>Oben rechts</translation>
    </message>
    <message>
      <location filename="ui/pages/output.py" />
      <source>Transparent: in snapshots and the output window. Recording and virtual camera need another background.</source>
      <translation>Durchsichtig: in Schnappschüssen und im Ausgabefenster. Aufnahme und virtuelle Kamera brauchen einen anderen Hintergrund.</translation>
    </message>
    <message>
      <location filename="ui/pages/output.py" />
      <source>Use this size</source>
      <translation>Diese Größe verwenden</translation>
    </message>
    <message>
      <location filename="ui/pages/output.py" />
      <source>Vertical</source>
      <translation>Hochformat</translation>
    </message>
    <message>
      <location filename="ui/pages/output.py" />
      <source>Where Puppet is</source>
      <translation>Wo Puppet ist</translation>
    </message>
    <message>
      <location filename="ui/pages/output.py" />
      <source>Width in pixels</source>
      <translation>Breite in Pixeln</translation>
    </message>
    <message>
      <location filename="ui/pages/output.py" />
      <source>Without frame; drag it to move it, at its edges to resize it (O)</source>
      <translation>Ohne Rahmen; ziehen bewegt es, an den Kanten ändert es die Größe (O)</translation>
    </message>
    <message>
      <location filename="ui/pages/output.py" />
      <source>{} (unplugged)</source>
      <translation>{} (getrennt)</translation>
    </message>
    <message>
      <location filename="ui/pages/output.py" />
      <source>{} × {} pixels, for recording, virtual camera, snapshots and the output window</source>
      <translation>{} × {} Pixel, für Aufnahme, virtuelle Kamera, Schnappschüsse und Ausgabefenster</translation>
    </message>
    <message>
      <location filename="ui/pages/packs.py" />
      <source>Choose a checkpoint</source>
      <translation>Checkpoint wählen</translation>
    </message>
    <message>
      <location filename="ui/pages/packs.py" />
      <source>Choose a checkpoint…</source>
      <translation>Checkpoint wählen…</translation>
    </message>
    <message>
      <location filename="ui/pages/packs.py" />
      <source>Choose its YAML</source>
      <translation>Seine YAML-Datei wählen</translation>
    </message>
    <message>
      <location filename="ui/pages/packs.py" />
      <source>End the import; nothing of it is kept</source>
      <translation>Import beenden; nichts davon bleibt</translation>
    </message>
    <message>
      <location filename="ui/pages/packs.py" />
      <source>Family {family}, {size} × {size} pixels, {keypoints} keypoints</source>
      <translation>Familie {family}, {size} × {size} Pixel, {keypoints} Schlüsselpunkte</translation>
    </message>
    <message>
      <location filename="ui/pages/packs.py" />
      <source>Import</source>
      <translation>Importieren</translation>
    </message>
    <message>
      <location filename="ui/pages/packs.py" />
      <source>Import an original checkpoint</source>
      <translation>Original-Checkpoint importieren</translation>
    </message>
    <message>
      <location filename="ui/pages/packs.py" />
      <source>Importing “{name}”; this takes a minute</source>
      <translation>„{name}“ wird importiert; das dauert eine Minute</translation>
    </message>
    <message>
      <location filename="ui/pages/packs.py" />
      <source>Licence of the weights: {}</source>
      <translation>Lizenz der Gewichte: {}</translation>
    </message>
    <message>
      <location filename="ui/pages/packs.py" />
      <source>Model</source>
      <translation>Modell</translation>
    </message>
    <message>
      <location filename="ui/pages/packs.py" />
      <source>Model packs</source>
      <translation>Modellpakete</translation>
    </message>
    <message>
      <location filename="ui/pages/packs.py" />
      <source>Of FOMM, Monkey-Net or co-part segmentation, with its YAML beside it. Needs PyTorch.</source>
      <translation>Von FOMM, Monkey-Net oder Co-Part-Segmentierung, mit seiner YAML-Datei daneben. Braucht PyTorch.</translation>
    </message>
    <message>
      <location filename="ui/pages/packs.py" />
      <source>The import runs</source>
      <translation>Der Import läuft</translation>
    </message>
    <message>
      <location filename="ui/pages/packs.py" />
      <source>The import was cancelled</source>
      <translation>Der Import wurde abgebrochen</translation>
    </message>
    <message>
      <location filename="ui/pages/packs.py" />
      <source>The portrait keeps moving until it is ready</source>
      <translation>Das Porträt bewegt sich weiter, bis es bereit ist</translation>
    </message>
    <message>
      <location filename="ui/pages/packs.py" />
      <source>Use this model</source>
      <translation>Modell verwenden</translation>
    </message>
    <message>
      <location filename="ui/pages/packs.py" />
      <source>Weights; nothing in the file is executed</source>
      <translation>Gewichte; nichts in der Datei wird ausgeführt</translation>
    </message>
    <message>
      <location filename="ui/pages/packs.py" />
      <source>“{name}” was imported</source>
      <translation>„{name}“ wurde importiert</translation>
    </message>
    <message>
      <location filename="ui/pages/person.py" />
      <source>About a minute, with your face in even light. Any order is fine; poses can be left out.</source>
      <translation>Etwa eine Minute, mit gleichmäßigem Licht im Gesicht. Die Reihenfolge ist egal; Posen können fehlen.</translation>
    </message>
    <message>
      <location filename="ui/pages/person.py" />
      <source>All done</source>
      <translation>Alles fertig</translation>
    </message>
    <message>
      <location filename="ui/pages/person.py" />
      <source>Cheese</source>
      <translation>Lächeln</translation>
    </message>
    <message>
      <location filename="ui/pages/person.py" />
      <source>Chin down</source>
      <translation>Kinn gesenkt</translation>
    </message>
    <message>
      <location filename="ui/pages/person.py" />
      <source>Chin up</source>
      <translation>Kinn gehoben</translation>
    </message>
    <message>
      <location filename="ui/pages/person.py" />
      <source>Choose files…</source>
      <translation>Dateien wählen…</translation>
    </message>
    <message>
      <location filename="ui/pages/person.py" />
      <source>Close your eyes until you hear a sound</source>
      <translation>Schließen Sie die Augen, bis ein Ton kommt</translation>
    </message>
    <message>
      <location filename="ui/pages/person.py" />
      <source>Come nearer</source>
      <translation>Kommen Sie näher</translation>
    </message>
    <message>
      <location filename="ui/pages/person.py" />
      <source>Eyes closed</source>
      <translation>Augen zu</translation>
    </message>
    <message>
      <location filename="ui/pages/person.py" />
      <source>Eyes left</source>
      <translation>Augen links</translation>
    </message>
    <message>
      <location filename="ui/pages/person.py" />
      <source>Eyes right</source>
      <translation>Augen rechts</translation>
    </message>
    <message>
      <location filename="ui/pages/person.py" />
      <source>Find softer light: your face is too dark or too bright</source>
      <translation>Suchen Sie weicheres Licht: Ihr Gesicht ist zu dunkel oder zu hell</translation>
    </message>
    <message>
      <location filename="ui/pages/person.py" />
      <source>From files</source>
      <translation>Aus Dateien</translation>
    </message>
    <message>
      <location filename="ui/pages/person.py" />
      <source>From the camera</source>
      <translation>Von der Kamera</translation>
    </message>
    <message>
      <location filename="ui/pages/person.py" />
      <source>Head left</source>
      <translation>Kopf links</translation>
    </message>
    <message>
      <location filename="ui/pages/person.py" />
      <source>Head right</source>
      <translation>Kopf rechts</translation>
    </message>
    <message>
      <location filename="ui/pages/person.py" />
      <source>Hold still for a moment</source>
      <translation>Halten Sie einen Moment still</translation>
    </message>
    <message>
      <location filename="ui/pages/person.py" />
      <source>Lift your chin</source>
      <translation>Heben Sie das Kinn</translation>
    </message>
    <message>
      <location filename="ui/pages/person.py" />
      <source>Look straight at the camera, mouth closed</source>
      <translation>Sehen Sie gerade in die Kamera, Mund geschlossen</translation>
    </message>
    <message>
      <location filename="ui/pages/person.py" />
      <source>Look to your left with your eyes only</source>
      <translation>Sehen Sie nur mit den Augen nach links</translation>
    </message>
    <message>
      <location filename="ui/pages/person.py" />
      <source>Look to your right with your eyes only</source>
      <translation>Sehen Sie nur mit den Augen nach rechts</translation>
    </message>
    <message>
      <location filename="ui/pages/person.py" />
      <source>Lower your chin</source>
      <translation>Senken Sie das Kinn</translation>
    </message>
    <message>
      <location filename="ui/pages/person.py" />
      <source>Make the portrait</source>
      <translation>Porträt machen</translation>
    </message>
    <message>
      <location filename="ui/pages/person.py" />
      <source>Me</source>
      <translation>Ich</translation>
    </message>
    <message>
      <location filename="ui/pages/person.py" />
      <source>Mouth open</source>
      <translation>Mund offen</translation>
    </message>
    <message>
      <location filename="ui/pages/person.py" />
      <source>No face is seen</source>
      <translation>Kein Gesicht zu sehen</translation>
    </message>
    <message>
      <location filename="ui/pages/person.py" />
      <source>Nothing is kept</source>
      <translation>Nichts wird behalten</translation>
    </message>
    <message>
      <location filename="ui/pages/person.py" />
      <source>Photographs or a clip of one person. You can also drop them together on the main window.</source>
      <translation>Fotos oder ein Clip einer Person. Sie können sie auch zusammen auf das Hauptfenster ziehen.</translation>
    </message>
    <message>
      <location filename="ui/pages/person.py" />
      <source>Say “aah”, mouth wide open</source>
      <translation>Sagen Sie „aah“, Mund weit offen</translation>
    </message>
    <message>
      <location filename="ui/pages/person.py" />
      <source>Say “cheese”</source>
      <translation>Sagen Sie „Cheese“</translation>
    </message>
    <message>
      <location filename="ui/pages/person.py" />
      <source>Several pictures of one person show their own teeth, closed eyes and turned head. Two are enough.</source>
      <translation>Mehrere Bilder einer Person zeigen ihre eigenen Zähne, geschlossene Augen und den gedrehten Kopf. Zwei genügen.</translation>
    </message>
    <message>
      <location filename="ui/pages/person.py" />
      <source>Skip</source>
      <translation>Überspringen</translation>
    </message>
    <message>
      <location filename="ui/pages/person.py" />
      <source>Start</source>
      <translation>Start</translation>
    </message>
    <message>
      <location filename="ui/pages/person.py" />
      <source>Stop</source>
      <translation>Stopp</translation>
    </message>
    <message>
      <location filename="ui/pages/person.py" />
      <source>Straight ahead</source>
      <translation>Geradeaus</translation>
    </message>
    <message>
      <location filename="ui/pages/person.py" />
      <source>Turn your head to your left</source>
      <translation>Drehen Sie den Kopf nach links</translation>
    </message>
    <message>
      <location filename="ui/pages/person.py" />
      <source>Turn your head to your right</source>
      <translation>Drehen Sie den Kopf nach rechts</translation>
    </message>
    <message>
      <location filename="ui/pages/portraits.py" />
      <source>A picture, or the picture of a web page (Ctrl+V)</source>
      <translation>Ein Bild, auch das einer Webseite (Strg+V)</translation>
    </message>
    <message>
      <location filename="ui/pages/portraits.py" />
      <source>Add folder…</source>
      <translation>Ordner hinzufügen…</translation>
    </message>
    <message>
      <location filename="ui/pages/portraits.py" />
      <source>Add the portraits of such a file</source>
      <translation>Die Porträts einer solchen Datei hinzufügen</translation>
    </message>
    <message>
      <location filename="ui/pages/portraits.py" />
      <source>Add…</source>
      <translation>Neu…</translation>
    </message>
    <message>
      <location filename="ui/pages/portraits.py" />
      <source>Also F2</source>
      <translation>Auch F2</translation>
    </message>
    <message>
      <location filename="ui/pages/portraits.py" />
      <source>Choose pictures (Ctrl+O)</source>
      <translation>Bilder wählen (Strg+O)</translation>
    </message>
    <message>
      <location filename="ui/pages/portraits.py" />
      <source>Consent</source>
      <translation>Einwilligung</translation>
    </message>
    <message>
      <location filename="ui/pages/portraits.py" />
      <source>Crossfade</source>
      <translation>Überblenden</translation>
    </message>
    <message>
      <location filename="ui/pages/portraits.py" />
      <source>Ctrl+Z brings it back</source>
      <translation>Strg+Z holt es zurück</translation>
    </message>
    <message>
      <location filename="ui/pages/portraits.py" />
      <source>Drag a portrait to another place, or press Alt with an arrow; 1 to 9 follow the order.</source>
      <translation>Ziehen Sie ein Porträt an eine andere Stelle oder drücken Sie Alt mit einem Pfeil; 1 bis 9 folgen der Reihe.</translation>
    </message>
    <message>
      <location filename="ui/pages/portraits.py" />
      <source>Export gallery…</source>
      <translation>Galerie exportieren…</translation>
    </message>
    <message>
      <location filename="ui/pages/portraits.py" />
      <source>Gallery</source>
      <translation>Galerie</translation>
    </message>
    <message>
      <location filename="ui/pages/portraits.py" />
      <source>Import gallery…</source>
      <translation>Galerie importieren…</translation>
    </message>
    <message>
      <location filename="ui/pages/portraits.py" />
      <source>Its pictures stay where they are</source>
      <translation>Seine Bilder bleiben, wo sie sind</translation>
    </message>
    <message>
      <location filename="ui/pages/portraits.py" />
      <source>Paste</source>
      <translation>Einfügen</translation>
    </message>
    <message>
      <location filename="ui/pages/portraits.py" />
      <source>Remove</source>
      <translation>Entfernen</translation>
    </message>
    <message>
      <location filename="ui/pages/portraits.py" />
      <source>Remove folder</source>
      <translation>Ordner entfernen</translation>
    </message>
    <message>
      <location filename="ui/pages/portraits.py" />
      <source>Rename</source>
      <translation>Umbenennen</translation>
    </message>
    <message>
      <location filename="ui/pages/portraits.py" />
      <source>Show</source>
      <translation>Zeigen</translation>
    </message>
    <message>
      <location filename="ui/pages/portraits.py" />
      <source>Show the pictures of a folder</source>
      <translation>Die Bilder eines Ordners zeigen</translation>
    </message>
    <message>
      <location filename="ui/pages/portraits.py" />
      <source>Switching</source>
      <translation>Wechsel</translation>
    </message>
    <message>
      <location filename="ui/pages/portraits.py" />
      <source>The gallery, or a folder whose pictures stay where they are</source>
      <translation>Die Galerie oder ein Ordner, dessen Bilder bleiben, wo sie sind</translation>
    </message>
    <message>
      <location filename="ui/pages/portraits.py" />
      <source>Time in which another portrait fades in</source>
      <translation>Zeit, in der ein anderes Porträt eingeblendet wird</translation>
    </message>
    <message>
      <location filename="ui/pages/portraits.py" />
      <source>Whose face it is, and that they agreed; kept with the portrait</source>
      <translation>Wessen Gesicht es ist und dass die Person einverstanden ist; wird beim Porträt aufbewahrt</translation>
    </message>
    <message>
      <location filename="ui/pages/portraits.py" />
      <source>Your own portraits, with names and notes</source>
      <translation>Ihre eigenen Porträts, mit Namen und Notizen</translation>
    </message>
    <message>
      <location filename="ui/pages/portraits.py" />
      <source>Your portraits were saved as {name}</source>
      <translation>Ihre Porträts wurden als {name} gespeichert</translation>
    </message>
    <message>
      <location filename="ui/pages/portraits.py" />
      <source>{count} portraits were added</source>
      <translation>{count} Porträts wurden hinzugefügt</translation>
    </message>
    <message>
      <location filename="ui/pages/remote_control.py" />
      <source>Allow plug-ins</source>
      <translation>Plug-ins zulassen</translation>
    </message>
    <message>
      <location filename="ui/pages/remote_control.py" />
      <source>Allowed plug-ins</source>
      <translation>Zugelassene Plug-ins</translation>
    </message>
    <message>
      <location filename="ui/pages/remote_control.py" />
      <source>None yet</source>
      <translation>Noch keine</translation>
    </message>
    <message>
      <location filename="ui/pages/remote_control.py" />
      <source>Plug-ins connect to {address}</source>
      <translation>Plug-ins verbinden sich mit {address}</translation>
    </message>
    <message>
      <location filename="ui/pages/remote_control.py" />
      <source>Port</source>
      <translation>Port</translation>
    </message>
    <message>
      <location filename="ui/pages/remote_control.py" />
      <source>Revoke</source>
      <translation>Entziehen</translation>
    </message>
    <message>
      <location filename="ui/pages/remote_control.py" />
      <source>Revoke {plugin}</source>
      <translation>{plugin} die Erlaubnis entziehen</translation>
    </message>
    <message>
      <location filename="ui/pages/remote_control.py" />
      <source>Stream Deck, Companion and other programs on this computer can control Puppet as they control VTube Studio: choose its plug-in, and this port. Each asks here before its first use. Nothing can be reached from the network or from web pages.</source>
      <translation>Stream Deck, Companion und andere Programme auf diesem Rechner können Puppet steuern wie VTube Studio: wählen Sie dessen Plug-in und diesen Port. Jedes fragt hier vor der ersten Nutzung. Aus dem Netz oder von Webseiten ist nichts erreichbar.</translation>
    </message>
    <message>
      <location filename="ui/pages/setup.py" />
      <source>1 · Camera</source>
      <translation>1 · Kamera</translation>
    </message>
    <message>
      <location filename="ui/pages/setup.py" />
      <source>2 · Portrait</source>
      <translation>2 · Porträt</translation>
    </message>
    <message>
      <location filename="ui/pages/setup.py" />
      <source>3 · Calibrate</source>
      <translation>3 · Kalibrieren</translation>
    </message>
    <message>
      <location filename="ui/pages/setup.py" />
      <source>4 · Virtual camera, for calls and streams</source>
      <translation>4 · Virtuelle Kamera, für Anrufe und Streams</translation>
    </message>
    <message>
      <location filename="ui/pages/setup.py" />
      <source>A face from the front</source>
      <translation>Ein Gesicht von vorn</translation>
    </message>
    <message>
      <location filename="ui/pages/setup.py" />
      <source>Add a picture…</source>
      <translation>Bild hinzufügen…</translation>
    </message>
    <message>
      <location filename="ui/pages/setup.py" />
      <source>Ask before you use other people's faces. Your own pictures stay on this computer.</source>
      <translation>Fragen Sie, bevor Sie Gesichter anderer verwenden. Ihre Bilder bleiben auf diesem Rechner.</translation>
    </message>
    <message>
      <location filename="ui/pages/setup.py" />
      <source>Calibrate</source>
      <translation>Kalibrieren</translation>
    </message>
    <message>
      <location filename="ui/pages/setup.py" />
      <source>Choose a camera…</source>
      <translation>Kamera wählen…</translation>
    </message>
    <message>
      <location filename="ui/pages/setup.py" />
      <source>Commands that set up the virtual camera</source>
      <translation>Befehle, die die virtuelle Kamera einrichten</translation>
    </message>
    <message>
      <location filename="ui/pages/setup.py" />
      <source>Copy</source>
      <translation>Kopieren</translation>
    </message>
    <message>
      <location filename="ui/pages/setup.py" />
      <source>Look for the virtual camera again</source>
      <translation>Noch einmal nach der virtuellen Kamera suchen</translation>
    </message>
    <message>
      <location filename="ui/pages/setup.py" />
      <source>Look straight at the camera (C)</source>
      <translation>Gerade in die Kamera sehen (C)</translation>
    </message>
    <message>
      <location filename="ui/pages/setup.py" />
      <source>No camera yet</source>
      <translation>Noch keine Kamera</translation>
    </message>
    <message>
      <location filename="ui/pages/setup.py" />
      <source>No face yet: sit before the camera, with light on your face.</source>
      <translation>Noch kein Gesicht: setzen Sie sich vor die Kamera, mit Licht im Gesicht.</translation>
    </message>
    <message>
      <location filename="ui/pages/setup.py" />
      <source>Ready: {}</source>
      <translation>Bereit: {}</translation>
    </message>
    <message>
      <location filename="ui/pages/setup.py" />
      <source>With a picture of each</source>
      <translation>Mit einem Bild von jeder</translation>
    </message>
    <message>
      <location filename="ui/pages/setup.py" />
      <source>Your face is found. Sit as you will, look straight ahead, then press Calibrate or C.</source>
      <translation>Ihr Gesicht ist gefunden. Setzen Sie sich bequem, sehen Sie geradeaus und drücken Sie Kalibrieren oder C.</translation>
    </message>
    <message>
      <location filename="ui/pages/takes.py" />
      <source>A take is picture, sound and motion in one folder. It can be rendered again with another portrait.</source>
      <translation>Ein Take ist Bild, Ton und Bewegung in einem Ordner. Er lässt sich mit einem anderen Porträt neu rendern.</translation>
    </message>
    <message>
      <location filename="ui/pages/takes.py" />
      <source>Best</source>
      <translation>Beste</translation>
    </message>
    <message>
      <location filename="ui/pages/takes.py" />
      <source>Countdown</source>
      <translation>Countdown</translation>
    </message>
    <message>
      <location filename="ui/pages/takes.py" />
      <source>Ctrl+R saves it as a file; it costs as much time as a recording</source>
      <translation>Strg+R speichert ihn als Datei; er kostet so viel Zeit wie eine Aufnahme</translation>
    </message>
    <message>
      <location filename="ui/pages/takes.py" />
      <source>Delay of the sound</source>
      <translation>Verzögerung des Tons</translation>
    </message>
    <message>
      <location filename="ui/pages/takes.py" />
      <source>Everybody who sees the recording sees you; off at every start</source>
      <translation>Wer die Aufnahme sieht, sieht Sie; bei jedem Start aus</translation>
    </message>
    <message>
      <location filename="ui/pages/takes.py" />
      <source>Folder</source>
      <translation>Ordner</translation>
    </message>
    <message>
      <location filename="ui/pages/takes.py" />
      <source>Gain of the microphone</source>
      <translation>Mikrofonpegel</translation>
    </message>
    <message>
      <location filename="ui/pages/takes.py" />
      <source>Good</source>
      <translation>Gut</translation>
    </message>
    <message>
      <location filename="ui/pages/takes.py" />
      <source>Instant replay: keep the last half minute in memory</source>
      <translation>Rückblick: die letzte halbe Minute im Speicher halten</translation>
    </message>
    <message>
      <location filename="ui/pages/takes.py" />
      <source>Name of the take</source>
      <translation>Name des Takes</translation>
    </message>
    <message>
      <location filename="ui/pages/takes.py" />
      <source>No take yet. Press R to record one.</source>
      <translation>Noch kein Take. R nimmt einen auf.</translation>
    </message>
    <message>
      <location filename="ui/pages/takes.py" />
      <source>None</source>
      <translation>Keiner</translation>
    </message>
    <message>
      <location filename="ui/pages/takes.py" />
      <source>Nothing is being rendered.</source>
      <translation>Nichts wird gerendert.</translation>
    </message>
    <message>
      <location filename="ui/pages/takes.py" />
      <source>Pause rendering</source>
      <translation>Rendern anhalten</translation>
    </message>
    <message>
      <location filename="ui/pages/takes.py" />
      <source>Quality</source>
      <translation>Qualität</translation>
    </message>
    <message>
      <location filename="ui/pages/takes.py" />
      <source>Raise it by what your camera takes, if the voice comes before the lips</source>
      <translation>Um die Zeit erhöhen, die die Kamera braucht, falls die Stimme vor den Lippen kommt</translation>
    </message>
    <message>
      <location filename="ui/pages/takes.py" />
      <source>Record takes, not single files</source>
      <translation>Takes aufnehmen statt einzelner Dateien</translation>
    </message>
    <message>
      <location filename="ui/pages/takes.py" />
      <source>Recorded</source>
      <translation>Aufgenommen</translation>
    </message>
    <message>
      <location filename="ui/pages/takes.py" />
      <source>Render again…</source>
      <translation>Neu rendern…</translation>
    </message>
    <message>
      <location filename="ui/pages/takes.py" />
      <source>Rendered again</source>
      <translation>Neu gerendert</translation>
    </message>
    <message>
      <location filename="ui/pages/takes.py" />
      <source>Show my own picture beside the portrait, in recordings</source>
      <translation>In Aufnahmen mein eigenes Bild neben dem Porträt zeigen</translation>
    </message>
    <message>
      <location filename="ui/pages/takes.py" />
      <source>Small</source>
      <translation>Klein</translation>
    </message>
    <message>
      <location filename="ui/pages/takes.py" />
      <source>Smaller files</source>
      <translation>Kleinere Dateien</translation>
    </message>
    <message>
      <location filename="ui/pages/takes.py" />
      <source>Start the virtual camera with the window</source>
      <translation>Virtuelle Kamera mit dem Fenster starten</translation>
    </message>
    <message>
      <location filename="ui/pages/takes.py" />
      <source>With another portrait, pack, size, background or gains</source>
      <translation>Mit anderem Porträt, Modellpaket, Hintergrund, anderer Größe oder Stärke</translation>
    </message>
    <message>
      <location filename="ui/pages/takes.py" />
      <source>begins</source>
      <translation>beginnt</translation>
    </message>
    <message>
      <location filename="ui/pages/takes.py" />
      <source>cancelled</source>
      <translation>abgebrochen</translation>
    </message>
    <message>
      <location filename="ui/pages/takes.py" />
      <source>done</source>
      <translation>fertig</translation>
    </message>
    <message>
      <location filename="ui/pages/takes.py" />
      <source>exists already</source>
      <translation>gibt es schon</translation>
    </message>
    <message>
      <location filename="ui/pages/takes.py" />
      <source>failed</source>
      <translation>fehlgeschlagen</translation>
    </message>
    <message>
      <location filename="ui/pages/takes.py" />
      <source>no face was seen: it cannot be rendered again</source>
      <translation>kein Gesicht gesehen: nicht neu renderbar</translation>
    </message>
    <message>
      <location filename="ui/pages/takes.py" />
      <source>rendered again: {}</source>
      <translation>neu gerendert: {}</translation>
    </message>
    <message>
      <location filename="ui/pages/takes.py" />
      <source>silent</source>
      <translation>stumm</translation>
    </message>
    <message>
      <location filename="ui/pages/takes.py" />
      <source>sound</source>
      <translation>Ton</translation>
    </message>
    <message>
      <location filename="ui/pages/takes.py" />
      <source>waiting</source>
      <translation>wartet</translation>
    </message>
    <message>
      <location filename="ui/pages/timings.py" />
      <source>Camera to picture</source>
      <translation>Kamera bis Bild</translation>
    </message>
    <message>
      <location filename="ui/pages/timings.py" />
      <source>Frames per second</source>
      <translation>Bilder je Sekunde</translation>
    </message>
    <message>
      <location filename="ui/pages/timings.py" />
      <source>Lost frames</source>
      <translation>Verlorene Bilder</translation>
    </message>
    <message>
      <location filename="ui/pages/timings.py" />
      <source>The last minute. p95: 95 % of the frames took no longer. T shows the numbers alone.</source>
      <translation>Die letzte Minute. p95: 95 % der Bilder brauchten nicht länger. T zeigt nur die Zahlen.</translation>
    </message>
    <message>
      <location filename="ui/pages/timings.py" />
      <source>camera</source>
      <translation>Kamera</translation>
    </message>
    <message>
      <location filename="ui/pages/timings.py" />
      <source>of recordings</source>
      <translation>der Aufnahmen</translation>
    </message>
    <message>
      <location filename="ui/pages/timings.py" />
      <source>of the camera</source>
      <translation>der Kamera</translation>
    </message>
    <message>
      <location filename="ui/pages/timings.py" />
      <source>rendered</source>
      <translation>gerendert</translation>
    </message>
    <message>
      <location filename="ui/panels/background.py" />
      <source>A picture of your own</source>
      <translation>Ein eigenes Bild</translation>
    </message>
    <message>
      <location filename="ui/panels/background.py" />
      <source>Colour</source>
      <translation>Farbe</translation>
    </message>
    <message>
      <location filename="ui/panels/background.py" />
      <source>Colour behind the person</source>
      <translation>Farbe hinter der Person</translation>
    </message>
    <message>
      <location filename="ui/panels/background.py" />
      <source>Nothing: snapshots and the output window are transparent</source>
      <translation>Nichts: Schnappschüsse und Ausgabefenster sind durchsichtig</translation>
    </message>
    <message>
      <location filename="ui/panels/background.py" />
      <source>One colour, as for a green screen</source>
      <translation>Eine Farbe, wie für einen Greenscreen</translation>
    </message>
    <message>
      <location filename="ui/panels/background.py" />
      <source>Picture</source>
      <translation>Bild</translation>
    </message>
    <message>
      <location filename="ui/panels/background.py" />
      <source>Transparent</source>
      <translation>Durchsichtig</translation>
    </message>
    <message>
      <location filename="ui/panels/box.py" />
      <source>Anything</source>
      <translation>Allem</translation>
    </message>
    <message>
      <location filename="ui/panels/box.py" />
      <source>Draw a box…</source>
      <translation>Rahmen zeichnen…</translation>
    </message>
    <message>
      <location filename="ui/panels/box.py" />
      <source>Faces</source>
      <translation>Gesichtern</translation>
    </message>
    <message>
      <location filename="ui/panels/box.py" />
      <source>Find and crop the face in the camera's picture and in the portrait</source>
      <translation>Das Gesicht im Kamerabild und im Porträt finden und zuschneiden</translation>
    </message>
    <message>
      <location filename="ui/panels/box.py" />
      <source>Follow</source>
      <translation>Folgen</translation>
    </message>
    <message>
      <location filename="ui/panels/box.py" />
      <source>Follow whatever is in a box of the camera's picture (B)</source>
      <translation>Dem folgen, was in einem Rahmen des Kamerabilds ist (B)</translation>
    </message>
    <message>
      <location filename="ui/panels/box.py" />
      <source>Remove the box</source>
      <translation>Rahmen entfernen</translation>
    </message>
    <message>
      <location filename="ui/panels/box.py" />
      <source>Take the camera's picture and the portrait as they are</source>
      <translation>Kamerabild und Porträt nehmen, wie sie sind</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>All</source>
      <translation>Alles</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>Appearance</source>
      <translation>Darstellung</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>As yours; a narrowed eye closes fully, and the other stays open</source>
      <translation>Wie Ihre; ein zugekniffenes Auge schließt sich ganz, das andere bleibt offen</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>Best moment</source>
      <translation>Bester Moment</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>Both eyes open and close alike</source>
      <translation>Beide Augen öffnen und schließen sich gleich</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>Brows</source>
      <translation>Brauen</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>Camera</source>
      <translation>Kamera</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>Copy mine</source>
      <translation>Meine Pose</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>Crop</source>
      <translation>Ausschnitt</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>Dark</source>
      <translation>Dunkel</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>Dark colours</source>
      <translation>Dunkle Farben</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>Each</source>
      <translation>Einzeln</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>Each eye opens and closes as yours</source>
      <translation>Jedes Auge öffnet und schließt sich wie Ihres</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>Everything about the picture that leaves this window, on one page</source>
      <translation>Alles über das Bild, das dieses Fenster verlässt, auf einer Seite</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>Face only</source>
      <translation>Nur Mimik</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>Gaze</source>
      <translation>Blick</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>Head only</source>
      <translation>Nur Kopf</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>High values are calm, low values quick</source>
      <translation>Hohe Werte sind ruhig, niedrige schnell</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>How far eyes and brows follow yours</source>
      <translation>Wie weit Augen und Brauen Ihren folgen</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>How far head and shoulders move in the picture</source>
      <translation>Wie weit sich Kopf und Schultern im Bild bewegen</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>How far the brows follow yours</source>
      <translation>Wie weit die Brauen Ihren folgen</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>How far the eye on the picture's left opens and closes</source>
      <translation>Wie weit sich das Auge links im Bild öffnet und schließt</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>How far the eye on the picture's right opens and closes</source>
      <translation>Wie weit sich das Auge rechts im Bild öffnet und schließt</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>How far the head follows yours</source>
      <translation>Wie weit der Kopf Ihrem folgt</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>How far the head nods and leans</source>
      <translation>Wie weit der Kopf nickt und sich neigt</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>How far the head turns to the sides</source>
      <translation>Wie weit sich der Kopf zur Seite dreht</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>How far the mouth follows yours</source>
      <translation>Wie weit der Mund Ihrem folgt</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>How far the portrait looks where you look</source>
      <translation>Wie weit das Porträt dorthin sieht, wohin Sie sehen</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>Keep portrait's pose</source>
      <translation>Porträtpose</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>Language</source>
      <translation>Sprache</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>Left lid</source>
      <translation>Linkes Lid</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>Lids</source>
      <translation>Lider</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>Light</source>
      <translation>Hell</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>Light colours</source>
      <translation>Helle Farben</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>Light or dark as in the system's settings</source>
      <translation>Hell oder dunkel wie in den Einstellungen des Systems</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>Look as the portrait does: the moment that matches best calibrates (Shift+C)</source>
      <translation>Sehen Sie wie das Porträt: der Moment, der am besten passt, kalibriert (Umschalt+C)</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>Microphone</source>
      <translation>Mikrofon</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>Mirror</source>
      <translation>Spiegeln</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>More sliders</source>
      <translation>Mehr Regler</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>Motion</source>
      <translation>Bewegung</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>Parts</source>
      <translation>Teile</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>Preset</source>
      <translation>Profil</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>Re-anchor</source>
      <translation>Verankern</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>Right lid</source>
      <translation>Rechtes Lid</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>See yourself</source>
      <translation>Sich selbst sehen</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>Shift</source>
      <translation>Verschieben</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>Show yourself as in a mirror (M)</source>
      <translation>Sich wie in einem Spiegel zeigen (M)</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>Size, background, label…</source>
      <translation>Größe, Hintergrund, Schild…</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>Smoothing</source>
      <translation>Glättung</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>Strength</source>
      <translation>Stärke</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>System</source>
      <translation>System</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>The animated square on a blurred background</source>
      <translation>Das animierte Quadrat auf unscharfem Hintergrund</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>The animated square, pasted back into the whole portrait</source>
      <translation>Das animierte Quadrat, in das ganze Porträt zurückgesetzt</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>The portrait moves from its own pose, as you from yours</source>
      <translation>Das Porträt bewegt sich aus seiner Pose heraus wie Sie aus Ihrer</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>The portrait repeats head and face</source>
      <translation>Das Porträt wiederholt Kopf und Gesicht</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>The portrait repeats your expression and keeps its head still</source>
      <translation>Das Porträt wiederholt Ihren Ausdruck und hält den Kopf still</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>The portrait repeats your head and keeps its expression</source>
      <translation>Das Porträt wiederholt Ihren Kopf und behält seinen Ausdruck</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>The portrait takes your pose as it is</source>
      <translation>Das Porträt nimmt Ihre Pose ein, wie sie ist</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>This portrait's picture has nothing around the square</source>
      <translation>Das Bild dieses Porträts hat nichts um das Quadrat herum</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>Tilt</source>
      <translation>Neigen</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>Together</source>
      <translation>Zugleich</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>Turn, tilt, shift, brows, gaze and each lid on its own</source>
      <translation>Drehen, Neigen, Verschieben, Brauen, Blick und jedes Lid für sich</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>Used from the next start on</source>
      <translation>Gilt ab dem nächsten Start</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>Whole picture</source>
      <translation>Ganzes Bild</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>Wink</source>
      <translation>Zwinkern</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>Your head's place and turn of now are the neutral ones, at once (X)</source>
      <translation>Ort und Drehung Ihres Kopfes sind ab sofort die Ruhelage (X)</translation>
    </message>
    <message>
      <location filename="ui/panels/controls.py" />
      <source>Your own picture with the portrait's pose as an outline, only in this window (I)</source>
      <translation>Ihr eigenes Bild mit der Pose des Porträts als Umriss, nur in diesem Fenster (I)</translation>
    </message>
    <message>
      <location filename="ui/panels/part_sources.py" />
      <source>Also from</source>
      <translation>Auch von</translation>
    </message>
    <message>
      <location filename="ui/panels/part_sources.py" />
      <source>Also from…</source>
      <translation>Auch von…</translation>
    </message>
    <message>
      <location filename="ui/panels/part_sources.py" />
      <source>Segment {number} of {portrait}</source>
      <translation>Segment {number} von {portrait}</translation>
    </message>
    <message>
      <location filename="ui/panels/part_sources.py" />
      <source>Take no segments from {portrait}</source>
      <translation>Keine Segmente von {portrait} nehmen</translation>
    </message>
    <message>
      <location filename="ui/panels/part_sources.py" />
      <source>Take segment {number} from {portrait}</source>
      <translation>Segment {number} von {portrait} nehmen</translation>
    </message>
    <message>
      <location filename="ui/panels/part_sources.py" />
      <source>Take segments from another portrait of the gallery, too; {count} at most</source>
      <translation>Segmente auch von einem anderen Porträt der Galerie nehmen; höchstens {count}</translation>
    </message>
    <message>
      <location filename="ui/panels/part_sources.py" />
      <source>the portrait</source>
      <translation>dem Porträt</translation>
    </message>
    <message>
      <location filename="ui/panels/part_swap.py" />
      <source>Animation</source>
      <translation>Animation</translation>
    </message>
    <message>
      <location filename="ui/panels/part_swap.py" />
      <source>Cut parts out sharply; off: blend their edges</source>
      <translation>Teile scharf ausschneiden; aus: Kanten überblenden</translation>
    </message>
    <message>
      <location filename="ui/panels/part_swap.py" />
      <source>Draw colours and numbers on the picture (Shift+S)</source>
      <translation>Farben und Nummern ins Bild zeichnen (Umschalt+S)</translation>
    </message>
    <message>
      <location filename="ui/panels/part_swap.py" />
      <source>Give the part its shape in the portrait; off: its shape in your picture</source>
      <translation>Der Teil hat seine Form im Porträt; aus: seine Form in Ihrem Bild</translation>
    </message>
    <message>
      <location filename="ui/panels/part_swap.py" />
      <source>Hair</source>
      <translation>Haare</translation>
    </message>
    <message>
      <location filename="ui/panels/part_swap.py" />
      <source>Hard edges</source>
      <translation>Harte Kanten</translation>
    </message>
    <message>
      <location filename="ui/panels/part_swap.py" />
      <source>Lips</source>
      <translation>Lippen</translation>
    </message>
    <message>
      <location filename="ui/panels/part_swap.py" />
      <source>Part</source>
      <translation>Teil</translation>
    </message>
    <message>
      <location filename="ui/panels/part_swap.py" />
      <source>Part swap</source>
      <translation>Teiletausch</translation>
    </message>
    <message>
      <location filename="ui/panels/part_swap.py" />
      <source>Portrait's outline</source>
      <translation>Umriss des Porträts</translation>
    </message>
    <message>
      <location filename="ui/panels/part_swap.py" />
      <source>Released segments stay your own; the switch below shows their numbers.</source>
      <translation>Nicht gedrückte Segmente bleiben Ihre eigenen; der Schalter unten zeigt die Nummern.</translation>
    </message>
    <message>
      <location filename="ui/panels/part_swap.py" />
      <source>Segments by number</source>
      <translation>Segmente nach Nummer</translation>
    </message>
    <message>
      <location filename="ui/panels/part_swap.py" />
      <source>Show segment numbers</source>
      <translation>Segmentnummern zeigen</translation>
    </message>
    <message>
      <location filename="ui/panels/part_swap.py" />
      <source>Skin of the face</source>
      <translation>Haut des Gesichts</translation>
    </message>
    <message>
      <location filename="ui/panels/part_swap.py" />
      <source>The part to swap: segments that the model finds, or an outline of the face</source>
      <translation>Der getauschte Teil: Segmente, die das Modell findet, oder ein Umriss des Gesichts</translation>
    </message>
    <message>
      <location filename="ui/panels/part_swap.py" />
      <source>The portrait moves as you do</source>
      <translation>Das Porträt bewegt sich wie Sie</translation>
    </message>
    <message>
      <location filename="ui/panels/part_swap.py" />
      <source>Use the portrait for</source>
      <translation>Das Porträt verwenden für</translation>
    </message>
    <message>
      <location filename="ui/panels/part_swap.py" />
      <source>You stay in the picture and wear parts of the portrait (P)</source>
      <translation>Sie bleiben im Bild und tragen Teile des Porträts (P)</translation>
    </message>
    <message>
      <location filename="ui/panels/presets.py" />
      <source>Choose a preset</source>
      <translation>Profil wählen</translation>
    </message>
    <message>
      <location filename="ui/panels/presets.py" />
      <source>Delete, export and import presets</source>
      <translation>Profile löschen, exportieren und importieren</translation>
    </message>
    <message>
      <location filename="ui/panels/presets.py" />
      <source>Export to a file…</source>
      <translation>In eine Datei exportieren…</translation>
    </message>
    <message>
      <location filename="ui/panels/presets.py" />
      <source>Import from a file…</source>
      <translation>Aus einer Datei importieren…</translation>
    </message>
    <message>
      <location filename="ui/panels/presets.py" />
      <source>More</source>
      <translation>Mehr</translation>
    </message>
    <message>
      <location filename="ui/panels/presets.py" />
      <source>Motion and output as they were saved (Ctrl+1 to Ctrl+9)</source>
      <translation>Bewegung und Ausgabe, wie sie gespeichert wurden (Strg+1 bis Strg+9)</translation>
    </message>
    <message>
      <location filename="ui/panels/presets.py" />
      <source>Save motion and output under a name</source>
      <translation>Bewegung und Ausgabe unter einem Namen speichern</translation>
    </message>
    <message>
      <location filename="ui/panels/presets.py" />
      <source>Save…</source>
      <translation>Speichern…</translation>
    </message>
    <message>
      <location filename="ui/status_text.py" />
      <source>At rest</source>
      <translation>In Ruhe</translation>
    </message>
    <message>
      <location filename="ui/status_text.py" />
      <source>Calibrating</source>
      <translation>Kalibriert</translation>
    </message>
    <message>
      <location filename="ui/status_text.py" />
      <source>Camera {camera:.0f} fps, rendered {rendered:.0f} fps · {dropped} camera frames dropped, {missing} not recorded</source>
      <translation>Kamera {camera:.0f} fps, gerendert {rendered:.0f} fps · {dropped} Kamerabilder verworfen, {missing} nicht aufgenommen</translation>
    </message>
    <message>
      <location filename="ui/status_text.py" />
      <source>Choose a portrait</source>
      <translation>Porträt wählen</translation>
    </message>
    <message>
      <location filename="ui/status_text.py" />
      <source>Come closer</source>
      <translation>Kommen Sie näher</translation>
    </message>
    <message>
      <location filename="ui/status_text.py" />
      <source>Face lost, holding</source>
      <translation>Gesicht verloren, hält</translation>
    </message>
    <message>
      <location filename="ui/status_text.py" />
      <source>Face lost, resting</source>
      <translation>Gesicht verloren, ruht</translation>
    </message>
    <message>
      <location filename="ui/status_text.py" />
      <source>Face too small</source>
      <translation>Gesicht zu klein</translation>
    </message>
    <message>
      <location filename="ui/status_text.py" />
      <source>Failed</source>
      <translation>Fehlgeschlagen</translation>
    </message>
    <message>
      <location filename="ui/status_text.py" />
      <source>Following</source>
      <translation>Folgt</translation>
    </message>
    <message>
      <location filename="ui/status_text.py" />
      <source>Getting ready…</source>
      <translation>Wird vorbereitet…</translation>
    </message>
    <message>
      <location filename="ui/status_text.py" />
      <source>Loading the model and opening the camera</source>
      <translation>Modell wird geladen, Kamera wird geöffnet</translation>
    </message>
    <message>
      <location filename="ui/status_text.py" />
      <source>Look as the portrait does</source>
      <translation>Sehen Sie wie das Porträt</translation>
    </message>
    <message>
      <location filename="ui/status_text.py" />
      <source>Look straight at the camera, face relaxed</source>
      <translation>Sehen Sie entspannt gerade in die Kamera</translation>
    </message>
    <message>
      <location filename="ui/status_text.py" />
      <source>Looking for a face</source>
      <translation>Sucht ein Gesicht</translation>
    </message>
    <message>
      <location filename="ui/status_text.py" />
      <source>Move into the camera's view, with light on your face</source>
      <translation>Kommen Sie ins Blickfeld der Kamera, mit Licht im Gesicht</translation>
    </message>
    <message>
      <location filename="ui/status_text.py" />
      <source>No camera picture</source>
      <translation>Kein Kamerabild</translation>
    </message>
    <message>
      <location filename="ui/status_text.py" />
      <source>No face found</source>
      <translation>Kein Gesicht gefunden</translation>
    </message>
    <message>
      <location filename="ui/status_text.py" />
      <source>No face to follow</source>
      <translation>Kein Gesicht, dem gefolgt werden kann</translation>
    </message>
    <message>
      <location filename="ui/status_text.py" />
      <source>Pick one below, or drop a picture with a face here</source>
      <translation>Wählen Sie unten eines oder ziehen Sie ein Bild mit einem Gesicht hierher</translation>
    </message>
    <message>
      <location filename="ui/status_text.py" />
      <source>Puppet had to stop</source>
      <translation>Puppet musste anhalten</translation>
    </message>
    <message>
      <location filename="ui/status_text.py" />
      <source>Slow: {fps:.0f} of {wanted:.0f} fps</source>
      <translation>Langsam: {fps:.0f} von {wanted:.0f} fps</translation>
    </message>
    <message>
      <location filename="ui/status_text.py" />
      <source>Starting</source>
      <translation>Startet</translation>
    </message>
    <message>
      <location filename="ui/status_text.py" />
      <source>Stopped</source>
      <translation>Beendet</translation>
    </message>
    <message>
      <location filename="ui/status_text.py" />
      <source>The best moment is taken</source>
      <translation>Der beste Moment zählt</translation>
    </message>
    <message>
      <location filename="ui/status_text.py" />
      <source>The camera cannot be used</source>
      <translation>Die Kamera ist nicht verwendbar</translation>
    </message>
    <message>
      <location filename="ui/status_text.py" />
      <source>The inference engine failed</source>
      <translation>Die Engine ist ausgefallen</translation>
    </message>
    <message>
      <location filename="ui/status_text.py" />
      <source>The model pack cannot be used</source>
      <translation>Das Modellpaket ist nicht verwendbar</translation>
    </message>
    <message>
      <location filename="ui/status_text.py" />
      <source>The portrait cannot be read</source>
      <translation>Das Porträt ist nicht lesbar</translation>
    </message>
    <message>
      <location filename="ui/status_text.py" />
      <source>The portrait rests until you press Hide me again</source>
      <translation>Das Porträt ruht, bis Sie noch einmal Verbergen drücken</translation>
    </message>
    <message>
      <location filename="ui/status_text.py" />
      <source>The video cannot be played</source>
      <translation>Das Video ist nicht abspielbar</translation>
    </message>
    <message>
      <location filename="ui/status_text.py" />
      <source>Waiting for camera</source>
      <translation>Wartet auf Kamera</translation>
    </message>
    <message>
      <location filename="ui/status_text.py" />
      <source>You are hidden</source>
      <translation>Sie sind verborgen</translation>
    </message>
    <message>
      <location filename="ui/status_text.py" />
      <source>Your face is too small</source>
      <translation>Ihr Gesicht ist zu klein</translation>
    </message>
    <message>
      <location filename="ui/status_text.py" />
      <source>aiming at {fps:.0f} fps</source>
      <translation>strebt {fps:.0f} Bilder/s an</translation>
    </message>
    <message>
      <location filename="ui/status_text.py" />
      <source>camera to picture</source>
      <translation>Kamera bis Bild</translation>
    </message>
    <message>
      <location filename="ui/status_text.py" />
      <source>composed at {side} px</source>
      <translation>zusammengesetzt mit {side} px</translation>
    </message>
    <message>
      <location filename="ui/status_text.py" />
      <source>composite</source>
      <translation>Zusammensetzen</translation>
    </message>
    <message>
      <location filename="ui/status_text.py" />
      <source>detect</source>
      <translation>Erkennen</translation>
    </message>
    <message>
      <location filename="ui/status_text.py" />
      <source>holding {fps:.0f} fps</source>
      <translation>hält {fps:.0f} Bilder/s</translation>
    </message>
    <message>
      <location filename="ui/status_text.py" />
      <source>lower precision</source>
      <translation>geringere Genauigkeit</translation>
    </message>
    <message>
      <location filename="ui/status_text.py" />
      <source>not reaching {fps:.0f} fps</source>
      <translation>erreicht {fps:.0f} Bilder/s nicht</translation>
    </message>
    <message>
      <location filename="ui/status_text.py" />
      <source>preview every {number} frames</source>
      <translation>Vorschau jedes {number}. Bild</translation>
    </message>
    <message>
      <location filename="ui/status_text.py" />
      <source>render</source>
      <translation>Rendern</translation>
    </message>
    <message>
      <location filename="ui/status_text.py" />
      <source>room for {}</source>
      <translation>Platz für {}</translation>
    </message>
    <message>
      <location filename="ui/status_text.py" />
      <source>track</source>
      <translation>Verfolgen</translation>
    </message>
    <message>
      <location filename="ui/status_text.py" />
      <source>tracking every {number} frames</source>
      <translation>Verfolgung jedes {number}. Bild</translation>
    </message>
    <message>
      <location filename="ui/status_text.py" />
      <source>transfer</source>
      <translation>Übertragen</translation>
    </message>
    <message>
      <location filename="ui/status_text.py" />
      <source>{shown} (recommended)</source>
      <translation>{shown} (empfohlen)</translation>
    </message>
    <message>
      <location filename="ui/widgets/actions_bar.py" />
      <source>Cameras, portraits, output, models, timings, doctor and more (Ctrl+P)</source>
      <translation>Kameras, Porträts, Ausgabe, Modelle, Zeiten, Diagnose und mehr (Strg+P)</translation>
    </message>
    <message>
      <location filename="ui/widgets/actions_bar.py" />
      <source>Full screen (F; Esc leaves it)</source>
      <translation>Vollbild (F; Esc verlässt es)</translation>
    </message>
    <message>
      <location filename="ui/widgets/actions_bar.py" />
      <source>Hide me</source>
      <translation>Verbergen</translation>
    </message>
    <message>
      <location filename="ui/widgets/actions_bar.py" />
      <source>List of all keys (? or F1)</source>
      <translation>Liste aller Tasten (? oder F1)</translation>
    </message>
    <message>
      <location filename="ui/widgets/actions_bar.py" />
      <source>Look straight at the camera, face relaxed, then press (C)</source>
      <translation>Entspannt gerade in die Kamera sehen, dann drücken (C)</translation>
    </message>
    <message>
      <location filename="ui/widgets/actions_bar.py" />
      <source>Overlays, timings and engine, for people who study the models (Shift+V)</source>
      <translation>Overlays, Zeiten und Engine, für alle, die die Modelle untersuchen (Umschalt+V)</translation>
    </message>
    <message>
      <location filename="ui/widgets/actions_bar.py" />
      <source>Record</source>
      <translation>Aufnehmen</translation>
    </message>
    <message>
      <location filename="ui/widgets/actions_bar.py" />
      <source>Record a video to Videos/Puppet (R)</source>
      <translation>Video in Videos/Puppet aufnehmen (R)</translation>
    </message>
    <message>
      <location filename="ui/widgets/actions_bar.py" />
      <source>Save the picture to Pictures/Puppet (S)</source>
      <translation>Bild in Bilder/Puppet speichern (S)</translation>
    </message>
    <message>
      <location filename="ui/widgets/actions_bar.py" />
      <source>Show the portrait in calls and streams (V)</source>
      <translation>Das Porträt in Anrufen und Streams zeigen (V)</translation>
    </message>
    <message>
      <location filename="ui/widgets/actions_bar.py" />
      <source>Stop recording, {recording}</source>
      <translation>Aufnahme beenden, {recording}</translation>
    </message>
    <message>
      <location filename="ui/widgets/actions_bar.py" />
      <source>The portrait rests and shows nothing of you, at once; press again to go on</source>
      <translation>Das Porträt ruht sofort und zeigt nichts von Ihnen; noch einmal: es geht weiter</translation>
    </message>
    <message>
      <location filename="ui/widgets/actions_bar.py" />
      <source>View</source>
      <translation>Ansicht</translation>
    </message>
    <message>
      <location filename="ui/widgets/actions_bar.py" />
      <source>Virtual camera</source>
      <translation>Virtuelle Kamera</translation>
    </message>
    <message>
      <location filename="ui/widgets/basic.py" />
      <source>{tip}
Double-click the slider to restore {default}.</source>
      <translation>{tip}
Doppelklick auf den Regler stellt {default} wieder her.</translation>
    </message>
    <message>
      <location filename="ui/widgets/box_picker.py" />
      <source> here · Drag a box · arrow keys move it, + and − resize it · Enter uses it</source>
      <translation> · Rahmen ziehen · Pfeiltasten bewegen ihn, + und − ändern die Größe · Enter verwendet ihn</translation>
    </message>
    <message>
      <location filename="ui/widgets/box_picker.py" />
      <source>Draw a box on the camera picture</source>
      <translation>Rahmen auf das Kamerabild zeichnen</translation>
    </message>
    <message>
      <location filename="ui/widgets/box_picker.py" />
      <source>Use this box</source>
      <translation>Rahmen verwenden</translation>
    </message>
    <message>
      <location filename="ui/widgets/camera_combo.py" />
      <source>Bundled clip</source>
      <translation>Mitgelieferter Clip</translation>
    </message>
    <message>
      <location filename="ui/widgets/camera_combo.py" />
      <source>The camera that films you, or a video in its place</source>
      <translation>Die Kamera, die Sie filmt, oder ein Video an ihrer Stelle</translation>
    </message>
    <message>
      <location filename="ui/widgets/camera_combo.py" />
      <source>{} (not found)</source>
      <translation>{} (nicht gefunden)</translation>
    </message>
    <message>
      <location filename="ui/widgets/clean_output.py" />
      <source>Above other windows, or not</source>
      <translation>Über anderen Fenstern oder nicht</translation>
    </message>
    <message>
      <location filename="ui/widgets/clean_output.py" />
      <source>Finished picture</source>
      <translation>Fertiges Bild</translation>
    </message>
    <message>
      <location filename="ui/widgets/clean_output.py" />
      <source>Full screen on or off</source>
      <translation>Vollbild ein oder aus</translation>
    </message>
    <message>
      <location filename="ui/widgets/clean_output.py" />
      <source>Puppet output</source>
      <translation>Puppet – Ausgabe</translation>
    </message>
    <message>
      <location filename="ui/widgets/clean_output.py" />
      <source>The picture's own size</source>
      <translation>Eigene Größe des Bildes</translation>
    </message>
    <message>
      <location filename="ui/widgets/microphone.py" />
      <source>Level of the microphone</source>
      <translation>Pegel des Mikrofons</translation>
    </message>
    <message>
      <location filename="ui/widgets/microphone.py" />
      <source>Silent</source>
      <translation>Stumm</translation>
    </message>
    <message>
      <location filename="ui/widgets/microphone.py" />
      <source>The microphone that is recorded with the picture; calls use their own</source>
      <translation>Das Mikrofon, das mit dem Bild aufgenommen wird; Anrufe verwenden ihr eigenes</translation>
    </message>
    <message>
      <location filename="ui/widgets/microphone.py" />
      <source>This microphone is recorded; loudest now: {level_db:.0f} dB</source>
      <translation>Dieses Mikrofon wird aufgenommen; jetzt höchstens {level_db:.0f} dB</translation>
    </message>
    <message>
      <location filename="ui/widgets/microphone.py" />
      <source>{choice} (not found)</source>
      <translation>{choice} (nicht gefunden)</translation>
    </message>
    <message>
      <location filename="ui/widgets/notice_bar.py" />
      <source>Close this message</source>
      <translation>Meldung schließen</translation>
    </message>
    <message>
      <location filename="ui/widgets/notice_bar.py" />
      <source>Copied</source>
      <translation>Kopiert</translation>
    </message>
    <message>
      <location filename="ui/widgets/notice_bar.py" />
      <source>Copy the command</source>
      <translation>Befehl kopieren</translation>
    </message>
    <message>
      <location filename="ui/widgets/overlay_menu.py" />
      <source>Draw a box to follow…</source>
      <translation>Rahmen zum Folgen zeichnen…</translation>
    </message>
    <message>
      <location filename="ui/widgets/overlay_menu.py" />
      <source>Engine…</source>
      <translation>Engine…</translation>
    </message>
    <message>
      <location filename="ui/widgets/overlay_menu.py" />
      <source>Flow</source>
      <translation>Fluss</translation>
    </message>
    <message>
      <location filename="ui/widgets/overlay_menu.py" />
      <source>Keypoints</source>
      <translation>Schlüsselpunkte</translation>
    </message>
    <message>
      <location filename="ui/widgets/overlay_menu.py" />
      <source>Label "Made with AI"</source>
      <translation>Schild „Made with AI“</translation>
    </message>
    <message>
      <location filename="ui/widgets/overlay_menu.py" />
      <source>Masks of motion</source>
      <translation>Bewegungsmasken</translation>
    </message>
    <message>
      <location filename="ui/widgets/overlay_menu.py" />
      <source>Occlusion</source>
      <translation>Verdeckung</translation>
    </message>
    <message>
      <location filename="ui/widgets/overlay_menu.py" />
      <source>Overlays</source>
      <translation>Overlays</translation>
    </message>
    <message>
      <location filename="ui/widgets/overlay_menu.py" />
      <source>Segments with numbers</source>
      <translation>Segmente mit Nummern</translation>
    </message>
    <message>
      <location filename="ui/widgets/overlay_menu.py" />
      <source>Timings…</source>
      <translation>Zeiten…</translation>
    </message>
    <message>
      <location filename="ui/widgets/pack_combo.py" />
      <source>Model pack</source>
      <translation>Modellpaket</translation>
    </message>
    <message>
      <location filename="ui/widgets/pack_combo.py" />
      <source>Open a pack folder…</source>
      <translation>Paketordner öffnen…</translation>
    </message>
    <message>
      <location filename="ui/widgets/pack_combo.py" />
      <source>The trained model that moves the portrait</source>
      <translation>Das trainierte Modell, das das Porträt bewegt</translation>
    </message>
    <message>
      <location filename="ui/widgets/pack_combo.py" />
      <source>{description} (family {family})</source>
      <translation>{description} (Familie {family})</translation>
    </message>
    <message>
      <location filename="ui/widgets/performer_inset.py" />
      <source>Match {share:.0f} %</source>
      <translation>{share:.0f} % passt</translation>
    </message>
    <message>
      <location filename="ui/widgets/performer_inset.py" />
      <source>Match {share:.0f} %: now calibrate</source>
      <translation>{share:.0f} % passt: jetzt kalibrieren</translation>
    </message>
    <message>
      <location filename="ui/widgets/performer_inset.py" />
      <source>Only you see this</source>
      <translation>Nur Sie sehen das</translation>
    </message>
    <message>
      <location filename="ui/widgets/performer_inset.py" />
      <source>Your own picture, only in this window</source>
      <translation>Ihr eigenes Bild, nur in diesem Fenster</translation>
    </message>
    <message>
      <location filename="ui/widgets/portrait_tile.py" />
      <source>Add a picture with a face; it is copied, the original stays where it is</source>
      <translation>Ein Bild mit einem Gesicht hinzufügen; es wird kopiert, das Original bleibt, wo es ist</translation>
    </message>
    <message>
      <location filename="ui/widgets/portrait_tile.py" />
      <source>Loading…</source>
      <translation>Lädt…</translation>
    </message>
    <message>
      <location filename="ui/widgets/portrait_tile.py" />
      <source>Portrait {text}</source>
      <translation>Porträt {text}</translation>
    </message>
    <message>
      <location filename="ui/widgets/portrait_tile.py" />
      <source>Remove from the gallery</source>
      <translation>Aus der Galerie entfernen</translation>
    </message>
    <message>
      <location filename="ui/widgets/preview.py" />
      <source>Open the camera, the model and the engine again (F5)</source>
      <translation>Kamera, Modell und Engine noch einmal öffnen (F5)</translation>
    </message>
    <message>
      <location filename="ui/widgets/preview.py" />
      <source>Preview</source>
      <translation>Vorschau</translation>
    </message>
    <message>
      <location filename="ui/widgets/preview.py" />
      <source>Try again</source>
      <translation>Noch einmal</translation>
    </message>
    <message>
      <location filename="ui/widgets/preview.py" />
      <source>Your own camera is visible</source>
      <translation>Ihr Kamerabild ist sichtbar</translation>
    </message>
    <message>
      <location filename="ui/widgets/status_bar.py" />
      <source>Advanced</source>
      <translation>Erweitert</translation>
    </message>
    <message>
      <location filename="ui/widgets/status_bar.py" />
      <source>Close other programs, or choose another engine or model</source>
      <translation>Schließen Sie andere Programme oder wählen Sie eine andere Engine oder ein anderes Modell</translation>
    </message>
    <message>
      <location filename="ui/widgets/status_bar.py" />
      <source>Engine, precision and device (E)</source>
      <translation>Engine, Genauigkeit und Gerät (E)</translation>
    </message>
    <message>
      <location filename="ui/widgets/status_bar.py" />
      <source>Frames rendered per second</source>
      <translation>Gerenderte Bilder je Sekunde</translation>
    </message>
    <message>
      <location filename="ui/widgets/status_bar.py" />
      <source>Latency 000 / 000 ms</source>
      <translation>Verzögerung 000 / 000 ms</translation>
    </message>
    <message>
      <location filename="ui/widgets/status_bar.py" />
      <source>Latency from camera to finished picture: half of the frames take less than the first number, 95 % less than the second.
Press for the timings of every stage (T).</source>
      <translation>Verzögerung von der Kamera bis zum fertigen Bild: die Hälfte der Bilder braucht weniger als die erste Zahl, 95 % weniger als die zweite.
Drücken zeigt die Zeiten jeder Stufe (T).</translation>
    </message>
    <message>
      <location filename="ui/widgets/status_bar.py" />
      <source>Latency {text}</source>
      <translation>Verzögerung {text}</translation>
    </message>
    <message>
      <location filename="ui/widgets/status_bar.py" />
      <source>Latency, median and 95th percentile: {text}</source>
      <translation>Verzögerung, Median und 95. Perzentil: {text}</translation>
    </message>
    <message>
      <location filename="ui/widgets/status_bar.py" />
      <source>{engine}
Engine, precision and device (E)</source>
      <translation>{engine}
Engine, Genauigkeit und Gerät (E)</translation>
    </message>
    <message>
      <location filename="ui/widgets/text_box.py" />
      <source>Copy the whole text</source>
      <translation>Den ganzen Text kopieren</translation>
    </message>
    <message>
      <location filename="ui/window_host.py" />
      <source>Allow</source>
      <translation>Zulassen</translation>
    </message>
    <message>
      <location filename="ui/window_host.py" />
      <source>Do not allow</source>
      <translation>Nicht zulassen</translation>
    </message>
    <message>
      <location filename="ui/window_host.py" />
      <source>It may switch portraits, recording and virtual camera, and read how your face moves.</source>
      <translation>Es darf Porträts, Aufnahme und virtuelle Kamera umschalten und lesen, wie sich Ihr Gesicht bewegt.</translation>
    </message>
    <message>
      <location filename="ui/window_host.py" />
      <source>{}: no such portrait; choose another</source>
      <translation>{}: kein solches Porträt; wählen Sie ein anderes</translation>
    </message>
    <message>
      <location filename="ui/window_host.py" />
      <source>“{plugin}” by {developer} wants to control Puppet</source>
      <translation>„{plugin}“ von {developer} möchte Puppet steuern</translation>
    </message>
  </context>
</TS>
